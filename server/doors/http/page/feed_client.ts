import type { FeedChange, FeedState } from './model/feed_message';
import { readChange, readState } from './model/feed_reader';
import { Connection, Freshness, freshnessOf, GIVE_UP_AFTER_MS, reopenPauseMs } from './model/freshness';

/** Indexed by `EventSource.readyState`. */
const CONNECTIONS: readonly Connection[] = ['connecting', 'open', 'closed'];

/** What the page does with the feed. */
export interface FeedListener {
  stateCame(state: FeedState): void;
  changeCame(change: FeedChange): void;
  /** A message was not understood. */
  notUnderstood(): void;
}

/**
 * The feed, as long as the page is open. The browser reconnects by itself when a connection breaks. When it gives up,
 * since the answer was no feed, or when nothing arrives any more, the client opens a new one.
 */
export class FeedClient {
  readonly #listener: FeedListener;
  #source: EventSource;
  #heardAtMs: number | undefined;
  /** When a connection was last opened, or the browser last reported on it. */
  #aliveAtMs = 0;
  #failures = 0;
  #isReopening = false;

  constructor(listener: FeedListener) {
    this.#listener = listener;
    this.#source = this.#open();
  }

  get freshness(): Freshness {
    return freshnessOf(CONNECTIONS[this.#source.readyState] ?? 'closed', this.silentMs);
  }

  /** Milliseconds since the last event; `undefined` when there was none. */
  get silentMs(): number | undefined {
    return this.#heardAtMs === undefined ? undefined : performance.now() - this.#heardAtMs;
  }

  /** Checks the connection, and reopens it if it is dead. To be called at intervals. */
  check(): void {
    if (this.#isReopening) return;
    if (performance.now() - this.#aliveAtMs > GIVE_UP_AFTER_MS) this.#reopenLater();
  }

  #open(): EventSource {
    this.#aliveAtMs = performance.now();
    const source = new EventSource('events');
    source.addEventListener('state', (event: MessageEvent<string>) => {
      const state = readState(event.data);
      this.#heard(state, (known) => this.#listener.stateCame(known));
    });
    source.addEventListener('change', (event: MessageEvent<string>) => {
      const change = readChange(event.data);
      this.#heard(change, (known) => this.#listener.changeCame(known));
    });
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) this.#reopenLater();
      else this.#aliveAtMs = performance.now();
    });
    return source;
  }

  #heard<Message>(message: Message | undefined, tell: (message: Message) => void): void {
    if (message === undefined) return this.#listener.notUnderstood();
    this.#heardAtMs = performance.now();
    this.#aliveAtMs = this.#heardAtMs;
    this.#failures = 0;
    tell(message);
  }

  #reopenLater(): void {
    this.#source.close();
    this.#failures++;
    this.#isReopening = true;
    setTimeout(
      () => {
        this.#isReopening = false;
        this.#source = this.#open();
      },
      reopenPauseMs(this.#failures, Math.random()),
    );
  }
}

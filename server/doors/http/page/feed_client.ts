import { FeedSource, SharedFeed } from './feed_sources';
import type { FeedChange, FeedState } from './model/feed_message';
import type { FeedEventName } from './model/feed_hub';
import { readChange, readState } from './model/feed_reader';
import { Connection, Freshness, freshnessOf } from './model/freshness';

/** What the page does with the feed. */
export interface FeedListener {
  stateCame(state: FeedState): void;
  changeCame(change: FeedChange): void;
  /** A message was not understood. */
  notUnderstood(): void;
}

/** The feed, as long as the page is seen: a hidden one reads nothing, and takes no connection from others. */
export class FeedClient {
  readonly #listener: FeedListener;
  readonly #source: FeedSource;
  #connection: Connection = 'connecting';
  #heardAtMs: number | undefined;
  #isSeen = false;

  constructor(listener: FeedListener) {
    this.#listener = listener;
    this.#source = new SharedFeed({
      came: (name, data) => this.#came(name, data),
      changed: (connection) => (this.#connection = connection),
    });
    document.addEventListener('visibilitychange', () => this.check());
    // A page that is left may be kept, and shown again.
    addEventListener('pagehide', () => this.#leave());
    addEventListener('pageshow', () => this.check());
    this.check();
  }

  get freshness(): Freshness {
    return this.#isSeen ? freshnessOf(this.#connection, this.silentMs) : 'paused';
  }

  /** Milliseconds since the last event; `undefined` when there was none since the page is seen. */
  get silentMs(): number | undefined {
    return this.#heardAtMs === undefined ? undefined : performance.now() - this.#heardAtMs;
  }

  /** Watches the feed while the page is seen. To be called at intervals. */
  check(): void {
    if (document.visibilityState === 'hidden') return this.#leave();
    this.#isSeen = true;
    this.#source.watch();
  }

  #leave(): void {
    if (!this.#isSeen) return;
    this.#isSeen = false;
    this.#connection = 'connecting';
    this.#heardAtMs = undefined;
    this.#source.leave();
  }

  #came(name: FeedEventName, data: string): void {
    if (name === 'state') {
      const state = readState(data);
      this.#heard(state, (known) => this.#listener.stateCame(known));
    } else {
      const change = readChange(data);
      this.#heard(change, (known) => this.#listener.changeCame(known));
    }
  }

  #heard<Message>(message: Message | undefined, tell: (message: Message) => void): void {
    if (message === undefined) return this.#listener.notUnderstood();
    this.#heardAtMs = performance.now();
    this.#connection = 'open';
    tell(message);
  }
}

import type { ClosableFeed, FeedConnectionListener, FeedEventName } from './model/feed_hub';
import { Connection, GIVE_UP_AFTER_MS, reopenPauseMs } from './model/freshness';

const EVENTS_URL = new URL('../events', import.meta.url);
const EVENT_NAMES: readonly FeedEventName[] = ['state', 'change'];
const CHECK_INTERVAL_MS = 1_000;
/** Indexed by `EventSource.readyState`. */
const CONNECTIONS: readonly Connection[] = ['connecting', 'open', 'closed'];

/**
 * The server's feed, until it is closed. The browser reconnects by itself when a connection breaks. When it gives up,
 * since the answer was no feed, or when nothing arrives any more, a new one is opened.
 */
export class FeedConnection implements ClosableFeed {
  readonly #listener: FeedConnectionListener;
  readonly #checking: ReturnType<typeof setInterval>;
  #reopening: ReturnType<typeof setTimeout> | undefined;
  #source: EventSource;
  /** When a connection was last opened, or the browser last reported on it. */
  #aliveAtMs = 0;
  #failures = 0;

  constructor(listener: FeedConnectionListener) {
    this.#listener = listener;
    this.#source = this.#open();
    this.#checking = setInterval(() => this.#check(), CHECK_INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#checking);
    clearTimeout(this.#reopening);
    this.#source.close();
  }

  #check(): void {
    if (this.#reopening === undefined && performance.now() - this.#aliveAtMs > GIVE_UP_AFTER_MS) {
      this.#reopenLater();
    }
  }

  #open(): EventSource {
    this.#aliveAtMs = performance.now();
    const source = new EventSource(EVENTS_URL);
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        this.#aliveAtMs = performance.now();
        this.#failures = 0;
        this.#listener.came(name, data);
      });
    }
    source.addEventListener('open', () => this.#listener.changed('open'));
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) {
        this.#reopenLater();
        return;
      }
      this.#aliveAtMs = performance.now();
      this.#listener.changed(CONNECTIONS[source.readyState] ?? 'closed');
    });
    return source;
  }

  #reopenLater(): void {
    this.#source.close();
    this.#failures++;
    this.#listener.changed('closed');
    this.#reopening = setTimeout(
      () => {
        this.#reopening = undefined;
        this.#source = this.#open();
      },
      reopenPauseMs(this.#failures, Math.random()),
    );
  }
}

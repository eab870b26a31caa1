/** Where a page has its feed from. */
import { FeedConnection } from './feed_connection';
import type { FeedConnectionListener, HubMessage, PageMessage } from './model/feed_hub';

/** Tabs of another version of the page have a worker of their own. */
const WORKER_NAME = 'lottery feed 2';
const WORKER_URL = new URL('feed_worker', import.meta.url);
/** How often a page tells the worker that it is there; the worker answers each time. */
const TELL_INTERVAL_MS = 2_000;
/** A worker that does not answer for so long is of no use. */
const DEAF_AFTER_MS = 8_000;

/** A feed that is watched or not. */
export interface FeedSource {
  /** Begins to watch, or goes on. To be called at intervals. */
  watch(): void;
  leave(): void;
}

/** A feed of this page's own. */
export class OwnFeed implements FeedSource {
  readonly #listener: FeedConnectionListener;
  #connection: FeedConnection | undefined;

  constructor(listener: FeedConnectionListener) {
    this.#listener = listener;
  }

  watch(): void {
    this.#connection ??= new FeedConnection(this.#listener);
  }

  leave(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/** The feed that all tabs share. Where there is no such worker (phones), or it does not answer, one of its own. */
export class SharedFeed implements FeedSource {
  readonly #listener: FeedConnectionListener;
  #port: MessagePort | undefined;
  #own: OwnFeed | undefined;
  #isWatching = false;
  #toldAtMs = 0;
  #answeredAtMs = 0;

  constructor(listener: FeedConnectionListener) {
    this.#listener = listener;
    if (!('SharedWorker' in globalThis)) {
      this.#own = new OwnFeed(listener);
      return;
    }
    const worker = new SharedWorker(WORKER_URL, { type: 'module', name: WORKER_NAME });
    worker.addEventListener('error', () => {
      this.#doWithout();
      this.#port = undefined;
    });
    this.#port = worker.port;
    this.#port.onmessage = ({ data }: MessageEvent<HubMessage>) => this.#hear(data);
  }

  watch(): void {
    const nowMs = performance.now();
    if (!this.#isWatching) this.#answeredAtMs = nowMs;
    if (this.#isWatching && nowMs - this.#toldAtMs < TELL_INTERVAL_MS) return;
    this.#isWatching = true;
    this.#toldAtMs = nowMs;
    if (this.#own === undefined && nowMs - this.#answeredAtMs > DEAF_AFTER_MS) this.#doWithout();
    // A worker that was only slow is heard of again.
    this.#tell('watch');
    this.#own?.watch();
  }

  leave(): void {
    this.#isWatching = false;
    this.#tell('leave');
    this.#own?.leave();
  }

  #hear(message: HubMessage): void {
    this.#answeredAtMs = performance.now();
    if (!this.#isWatching) return;
    this.#own?.leave();
    this.#own = undefined;
    if (message.kind === 'event') this.#listener.came(message.name, message.data);
    else this.#listener.changed(message.connection);
  }

  #doWithout(): void {
    if (this.#own !== undefined) return;
    this.#own = new OwnFeed(this.#listener);
    if (this.#isWatching) this.#own.watch();
  }

  #tell(message: PageMessage): void {
    this.#port?.postMessage(message);
  }
}

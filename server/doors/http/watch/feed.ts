/**
 * The feed of the live page: server-sent events (HTML Living Standard, section 9.2). A reader gets the event `state`,
 * then an event `change` each second, which is the heartbeat too. Their types are in page/model/feed_message.ts.
 */
import type { ServerResponse } from 'node:http';

import type { FeedChange, FeedState } from '../page/model/feed_message';
import { MAX_FEEDS, MAX_UNSENT_BYTES, RECONNECT_MS } from './limits';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // A reverse proxy that buffers answers would hold events back.
  'x-accel-buffering': 'no',
};

/** The readers of the feed: bounded in number, and each in the bytes that it has not read yet. */
export class Feed {
  readonly #run: string;
  readonly #readers = new Set<ServerResponse>();
  #sentEvents = 0;
  #isClosed = false;

  /** @param run identifies this run of the server, in the ids of events */
  constructor(run: string) {
    this.#run = run;
  }

  /** Whether there is room for another reader. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#readers.size < MAX_FEEDS;
  }

  /** How many readers there are. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Adds a reader, unless it is gone already. There must be room. @param headers the answer's headers so far */
  open(response: ServerResponse, headers: NodeJS.Dict<number | string | string[]>, state: FeedState): void {
    if (response.destroyed) return;
    this.#readers.add(response);
    response.on('close', () => this.#readers.delete(response));
    // Without a listener, the error of a reader that leaves would end the process.
    response.on('error', () => undefined);
    response.writeHead(200, { ...headers, ...HEADERS });
    response.write(`retry: ${RECONNECT_MS}\n${this.#event('state', state)}`);
  }

  /** Sends a change to every reader. One with too many unread bytes is dropped. */
  send(change: FeedChange): void {
    this.#sentEvents++;
    if (this.#readers.size === 0) return;
    const event = Buffer.from(this.#event('change', change));
    for (const response of this.#readers) {
      response.write(event);
      if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
    }
  }

  /** Ends every reader's answer, and accepts no more readers. */
  close(): void {
    this.#isClosed = true;
    for (const response of this.#readers) response.end();
  }

  #event(name: string, data: FeedState | FeedChange): string {
    return `id: ${this.#run}.${this.#sentEvents}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

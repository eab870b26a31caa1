/**
 * The feed of the live page: server-sent events (HTML Living Standard, section 9.2). A reader gets the event `state`
 * and then an event `change` each second, as model/feed_message.ts has them; those are the heartbeat too.
 */
import type { ServerResponse } from 'node:http';

import type { FeedChange, FeedState } from '../page/model/feed_message';
import { MAX_FEEDS, MAX_UNSENT_BYTES, RECONNECT_MS } from './limits';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Reverse proxies that gather answers would hold events back.
  'x-accel-buffering': 'no',
};

/** The readers of the feed: a bounded number, each with a bounded number of bytes that it has not taken. */
export class Feed {
  readonly #run: string;
  readonly #readers = new Set<ServerResponse>();
  #sentEvents = 0;
  #isClosed = false;

  /** @param run the name of this run of the server, for the ids of events */
  constructor(run: string) {
    this.#run = run;
  }

  /** Whether one reader more can be taken. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#readers.size < MAX_FEEDS;
  }

  /** How many readers there are. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Takes a reader, if it has not left yet. There must be room. @param headers that the answer has already */
  open(response: ServerResponse, headers: NodeJS.Dict<number | string | string[]>, state: FeedState): void {
    if (response.destroyed) return;
    this.#readers.add(response);
    response.on('close', () => this.#readers.delete(response));
    // A reader that leaves is no event; without a listener it would end the process.
    response.on('error', () => undefined);
    response.writeHead(200, { ...headers, ...HEADERS });
    response.write(`retry: ${RECONNECT_MS}\n${this.#event('state', state)}`);
  }

  /** Tells every reader. One that has too much left to take is dropped. */
  send(change: FeedChange): void {
    this.#sentEvents++;
    if (this.#readers.size === 0) return;
    const event = Buffer.from(this.#event('change', change));
    for (const response of this.#readers) {
      response.write(event);
      if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
    }
  }

  /** Ends every reader's answer and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const response of this.#readers) response.end();
  }

  #event(name: string, data: FeedState | FeedChange): string {
    return `id: ${this.#run}.${this.#sentEvents}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

/** Asks the server for the leaves of its log: `GET /control/leaves` (docs/HTTP.md, "The control's feed"). */
import { IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import { Frame, FrameReader } from './frames';
import { FeedFailed, oneLine } from './mistakes';

/** As many as the server gives at once. */
const MAX_LEAVES = 256;
/** An answer may stay away for so long. */
const TIMEOUT_MS = 30_000;
/** The longest batch and what is around it; the server bounds its answers by less. */
const MAX_ANSWER_BYTES = 256_000_000;

/** Where leaves come from. */
export interface Feed {
  /**
   * Leaves from one on, at most so many.
   *
   * @throws FeedFailed
   */
  leaves(from: number, limit: number): Promise<Frame[]>;
}

/** The feed of a server. */
export class ServerFeed implements Feed {
  readonly #url: URL;
  readonly #token: string | undefined;

  /** @param token of the auditor; `undefined` where the server asks for none */
  constructor(url: URL, token: string | undefined) {
    this.#url = url;
    this.#token = token;
  }

  async leaves(from: number, limit: number): Promise<Frame[]> {
    const url = new URL(this.#url);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/control/leaves`;
    url.search = `after=${from}&limit=${Math.min(limit, MAX_LEAVES)}`;
    try {
      return await this.#ask(url);
    } catch (error) {
      throw new FeedFailed(`the server's leaves from ${from} on cannot be had: ${oneLine(error)}`);
    }
  }

  async #ask(url: URL): Promise<Frame[]> {
    const answer = await this.#send(url);
    if (answer.statusCode !== 200) {
      answer.destroy();
      throw new Error(`it answers with ${answer.statusCode}`);
    }
    const reader = new FrameReader();
    const frames: Frame[] = [];
    let bytes = 0;
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error('its answer is too long');
      frames.push(...reader.push(chunk as Buffer));
    }
    if (reader.pendingBytes > 0) throw new Error('its answer ends in the middle of a leaf');
    return frames;
  }

  #send(url: URL): Promise<IncomingMessage> {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    return new Promise((resolve, reject) => {
      const request = send(url, { agent: false, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }, resolve);
      request.on('error', reject);
      request.end();
    });
  }
}

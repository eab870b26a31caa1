import { connect, Socket } from 'node:net';

import { Latencies } from '../load/latencies';
import { HttpAnswerDecoder, isBody } from './http_answer';
import type { HttpRequest, HttpRequests } from './http_requests';

const UNAVAILABLE = 503;

/** What is counted, for all connections of a load together. */
export class HttpTally {
  readonly latencies = new Latencies();
  answers = 0;
  refusals = 0;
  isCounting = false;
}

/** What a connection is given. */
export interface HttpConnectionOptions {
  readonly port: number;
  readonly requests: HttpRequests;
  readonly tally: HttpTally;
  /** Called when the last request is answered and no more will be sent. */
  readonly onIdle: () => void;
  /** Called when an answer is not what it must be, or the server goes away. */
  readonly onFailure: (error: Error) => void;
}

/** A connection that is kept open, with one request in flight: the next one goes when it is answered. */
export class HttpConnection {
  readonly #options: HttpConnectionOptions;
  readonly #socket: Socket;
  readonly #decoder = new HttpAnswerDecoder();
  #request: HttpRequest | undefined;
  #sentAtMs = 0;
  #id = 0;
  #isReady = false;
  #isOver = false;
  #announceReady: () => void = () => undefined;

  constructor(options: HttpConnectionOptions) {
    this.#options = options;
    this.#socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('connect', () => {
      if (options.requests.first === undefined) this.#becomeReady();
      else this.#send(options.requests.first);
    });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', options.onFailure);
    this.#socket.on('close', () => {
      if (!this.#isOver || this.#request !== undefined) {
        options.onFailure(new Error('the server has closed a connection'));
      }
    });
  }

  /** Waits until the connection is open and what must be there is there. */
  ready(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isReady) resolve();
      else this.#announceReady = resolve;
    });
  }

  /** Sends the first request. */
  start(): void {
    this.#sendNext();
  }

  /** Sends no further request. */
  stop(): void {
    this.#isOver = true;
    if (this.#request === undefined) this.#options.onIdle();
  }

  close(): void {
    this.#isOver = true;
    this.#request = undefined;
    this.#socket.destroy();
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#announceReady();
  }

  #sendNext(): void {
    this.#send(this.#options.requests.next(++this.#id));
  }

  #send(request: HttpRequest): void {
    this.#request = request;
    this.#sentAtMs = performance.now();
    this.#socket.write(request.bytes);
  }

  #receive(chunk: Buffer): void {
    try {
      const answer = this.#decoder.take(chunk);
      if (answer === undefined || this.#request === undefined) return;
      const isRefused = answer.status === UNAVAILABLE;
      if (!isRefused && (answer.status > 299 || !isBody(answer.body, this.#request.answer))) {
        throw new Error(`a request was answered with ${answer.status} and a wrong body`);
      }
      this.#proceed(this.#request, isRefused);
    } catch (error) {
      this.#options.onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #proceed(answered: HttpRequest, isRefused: boolean): void {
    const { tally, onIdle } = this.#options;
    if (tally.isCounting && isRefused) tally.refusals++;
    if (tally.isCounting && !isRefused) {
      tally.answers++;
      tally.latencies.add(performance.now() - this.#sentAtMs);
    }
    this.#request = undefined;
    if (!isRefused && !this.#isReady) return this.#becomeReady();
    if (this.#isOver) return onIdle();
    if (isRefused) this.#send(answered);
    else this.#sendNext();
  }
}

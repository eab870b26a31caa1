import { once } from 'node:events';
import { get, IncomingMessage } from 'node:http';

import { fastify, FastifyInstance } from 'fastify';

import { Clock } from '../../../../../program/clock';
import { FakeClock } from '../../../../../program/testing/fake_clock';
import { LotteryTerms } from '../../../../ledger/ledger';
import { MemoryLedger } from '../../../../ledger/memory_ledger';
import { DrawView } from '../../../../lottery/draw_view';
import { Telemetry } from '../../../../telemetry/telemetry';
import { asRefusal, PROBLEM_TYPE } from '../../refusals/problem';
import { ServerIdentity } from '../server_identity';
import { registerWatch } from '../watch';
import { Watched } from '../watched';

/** The telemetry of an empty lottery. */
export function newTelemetry(terms: Partial<LotteryTerms> = {}): Telemetry {
  const whole = { agencies: 3, winnerNumber: 7574, ...terms };
  return new Telemetry(whole, new MemoryLedger(whole).openedWith);
}

/** A draw that is awaited, without a deadline. */
export const AWAITED: DrawView = {
  phase: 'awaited',
  gate: undefined,
  number: undefined,
  numberLeftMs: undefined,
  isSaleClosed: false,
  deadline: undefined,
  dueAtMs: undefined,
  leftMs: undefined,
  isOverdue: false,
  decidedAtMs: undefined,
  tookMs: undefined,
};

/** Which server a test is. */
export const IDENTITY: ServerIdentity = { host: 'here', version: '1.2.3', run: '17' };

/** What is watched in a test. @param drawView a draw that is awaited if left out */
export function watchedOf(telemetry: Telemetry, clock: Clock, drawView: DrawView = AWAITED): Watched {
  return { telemetry, clock, lottery: { drawView } };
}

/** The routes of watch.ts on an app of their own, with a clock that the test moves. */
export class WatchedApp {
  readonly app: FastifyInstance = fastify({ forceCloseConnections: true });
  readonly clock = new FakeClock();
  readonly telemetry: Telemetry;
  readonly watch: { close(): void };

  constructor(telemetry: Telemetry = newTelemetry()) {
    this.telemetry = telemetry;
    this.app.setErrorHandler((error, _, reply) => {
      const refusal = asRefusal(error);
      if (refusal === undefined) throw error;
      return reply.code(refusal.status).headers(refusal.headers).type(PROBLEM_TYPE).send(refusal.toBody());
    });
    this.watch = registerWatch(this.app, watchedOf(this.telemetry, this.clock));
  }

  /** Starts to accept connections, on a free port. */
  async listen(): Promise<number> {
    await this.app.listen({ port: 0, host: '127.0.0.1' });
    const address = this.app.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

/** One event of a feed. */
export interface ReadEvent {
  /** All of its lines. */
  readonly text: string;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly data: string;
}

/** A reader of the feed. */
export class FeedReader {
  readonly #response: IncomingMessage;
  readonly #ended: Promise<void>;
  #text = '';
  #isOver = false;
  #wake: () => void = () => undefined;

  /** Opens the feed, and waits for the answer's headers. */
  static async open(port: number): Promise<FeedReader> {
    const request = get({ port, host: '127.0.0.1', path: '/events', agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new FeedReader(response);
  }

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    this.#ended = new Promise((resolve) => {
      response.on('error', () => undefined);
      response.on('close', () => {
        this.#isOver = true;
        this.#wake();
        resolve();
      });
    });
  }

  get status(): number | undefined {
    return this.#response.statusCode;
  }

  get headers(): IncomingMessage['headers'] {
    return this.#response.headers;
  }

  /** Resolves when the answer has ended or was cut off. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The next event; `undefined` when the feed ends first. */
  async next(): Promise<ReadEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const text = this.#text.slice(0, end);
        const lines = text.split('\n');
        this.#text = this.#text.slice(end + 2);
        const field = (name: string): string | undefined =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        return { text, id: field('id'), name: field('event'), data: field('data') ?? '' };
      }
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Stops reading: what is sent from now on stays in the network. */
  stopReading(): void {
    this.#response.pause();
  }

  close(): void {
    this.#response.destroy();
  }
}

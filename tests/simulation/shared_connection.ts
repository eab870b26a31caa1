import { LedgerState, SearchResult } from '../../server/ledger/ledger';
import { Operation } from '../../server/ledger/operation';
import { Answer } from '../../server/ledger/remote/operation';
import { GroupId, LastGroup, WriterConnection } from '../../server/ledger/remote/remote_store';
import { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import { LifeClock } from './life_clock';
import { SharedDatabase } from './shared_database';

const MAX_DELAY_MS = 6;
/** What was sent on a connection that is lost arrives most of the time, but may take so long. */
const LATE_SHARE = 0.7;
const MAX_LATE_MS = 500;

/** What a {@link SharedConnection} needs around it. */
export interface SharedConnectionContext {
  /** The time that goes on when the server is killed. */
  readonly clock: Clock;
  readonly life: LifeClock;
  readonly random: () => number;
  /** Whether the database refuses the next group. */
  readonly refuses: () => boolean;
}

/** Something that the database is asked for. */
interface Request {
  readonly reject: (error: Error) => void;
  callOff: () => void;
  /** Carries it out, unless that is done. */
  arrive: () => void;
}

let names = 0;

/** A server's connection to the simulated database: requests and answers take their time, and it may be lost. */
export class SharedConnection implements WriterConnection {
  readonly name = `connection ${++names}`;
  readonly #database: SharedDatabase;
  readonly #context: SharedConnectionContext;
  readonly #lost = new AbortController();
  /** Those that have not arrived, and those whose answer has not. */
  readonly #onTheWay = new Set<Request>();
  readonly #unanswered = new Set<Request>();
  /** Requests are carried out in their order, and so are they answered. */
  #lastArrivalMs = 0;
  #lastAnswerMs = 0;

  constructor(database: SharedDatabase, context: SharedConnectionContext) {
    this.#database = database;
    this.#context = context;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** It is lost: nobody is answered; what is on its way arrives later, or never. */
  lose(reason: string): void {
    if (this.lost.aborted) return;
    const { clock, life, random } = this.#context;
    const error = new Error(reason);
    for (const request of this.#onTheWay) {
      request.callOff();
      if (random() < LATE_SHARE) clock.after(random() * MAX_LATE_MS, request.arrive);
    }
    this.#onTheWay.clear();
    const unanswered = [...this.#unanswered];
    this.#unanswered.clear();
    // A process that is no more learns nothing.
    if (life.isOver) return;
    this.#lost.abort(error);
    for (const { reject } of unanswered) reject(error);
  }

  destroy(reason: string): void {
    this.lose(reason);
  }

  end(): Promise<void> {
    this.lose('it was ended');
    return Promise.resolve();
  }

  beginRun(runId: string): Promise<void> {
    return this.#ask(() => this.#database.beginRun(runId));
  }

  commitGroup(id: GroupId, operations: readonly Operation[]): Promise<readonly Answer[]> {
    return this.#ask(() => {
      if (this.#context.refuses()) throw new Error('the disk of the database is full');
      return this.#database.commitGroup(id, operations);
    });
  }

  takeOver(runId: string, connection: number): Promise<LastGroup> {
    return this.#ask(() => this.#database.takeOver(runId, connection));
  }

  readRun(runId: string): Promise<LastGroup> {
    return this.#ask(() => this.#database.readRun(runId));
  }

  endRun(runId: string): Promise<void> {
    return this.#ask(() => this.#database.endRun(runId));
  }

  requireProgress(): Promise<void> {
    return Promise.resolve();
  }

  /** What the ledger holds. */
  readState(): Promise<LedgerState> {
    return this.#ask(() => this.#database.state);
  }

  /** The draw that is stored, or the winners. */
  findWinners(winnerNumber: number): Promise<SearchResult> {
    return this.#ask(() => this.#database.findWinners(winnerNumber));
  }

  /** Has something done by the database, in the order in which it was asked for. */
  #ask<Answer>(work: () => Answer | Promise<Answer>): Promise<Answer> {
    const { clock, random } = this.#context;
    return new Promise((resolve, reject) => {
      if (this.lost.aborted) return reject(new Error('the connection is lost'));
      const request: Request = {
        reject,
        callOff: () => undefined,
        arrive: () => {
          this.#onTheWay.delete(request);
          // What is done in the call is done before anything else arrives.
          new Promise<Answer>((done) => done(work())).then(
            (given) => this.#answer(request, () => resolve(given)),
            (error: unknown) =>
              this.#answer(request, () => reject(error instanceof Error ? error : new Error(oneLine(error)))),
          );
        },
      };
      this.#unanswered.add(request);
      this.#onTheWay.add(request);
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, clock.nowMs() + random() * MAX_DELAY_MS);
      request.callOff = clock.after(this.#lastArrivalMs - clock.nowMs(), request.arrive);
    });
  }

  #answer(request: Request, settle: () => void): void {
    const { clock, life, random } = this.#context;
    this.#lastAnswerMs = Math.max(this.#lastAnswerMs, clock.nowMs() + random() * MAX_DELAY_MS);
    life.after(this.#lastAnswerMs - clock.nowMs(), () => {
      if (this.#unanswered.delete(request)) settle();
    });
  }
}

import {
  AgencyTakenOver,
  Ledger,
  LedgerNews,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  SearchResult,
} from '../../server/ledger/ledger';
import { AnswerTo, Operation } from '../../server/ledger/operation';
import { withDigest } from '../../server/ledger/remote/batch_digest';
import { GroupWriter } from '../../server/ledger/remote/group_writer';
import { Operation as StoreOperation, withOwnValues } from '../../server/ledger/remote/operation';
import { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import { LedgerWatch } from './ledger_watch';
import { LifeClock } from './life_clock';
import { SharedConnection } from './shared_connection';
import { SharedDatabase } from './shared_database';
import { SimulatedStorage } from './simulated_storage';

const MAX_CONNECT_MS = 20;
const MAX_QUEUED_BYTES = 1024 * 1024;
const MAX_OUTAGE_MS = 300;
const LOOK_MS = 250;
const REFUSING_SHARE = 0.5;
const UNREACHABLE_SHARE = 0.5;
/** So many connections are lost at a strike. */
const LOST_SHARE = 0.5;

/** What a {@link SharedStorage} needs around it. */
export interface SharedStorageContext {
  readonly terms: LotteryTerms;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wallTimeMs: () => number;
  /** Told of a broken promise, and of a ledger that is of no more use. */
  readonly report: (error: Error) => void;
}

/** A database that several servers share, and the ways to it. */
export class SharedStorage implements SimulatedStorage {
  isFailing = false;
  readonly #context: SharedStorageContext;
  readonly #database: SharedDatabase;
  readonly #connections = new Map<SharedConnection, LifeClock>();

  constructor(context: SharedStorageContext) {
    this.#context = context;
    this.#database = new SharedDatabase(context.terms, context.wallTimeMs, context.report);
  }

  get watch(): LedgerWatch {
    return this.#database.watch;
  }

  /** A server that is started while the database is out of reach is started again. */
  async open(life: LifeClock): Promise<Ledger> {
    for (;;) {
      try {
        return await this.#open(life);
      } catch {
        await pause(life, LOOK_MS);
      }
    }
  }

  look(): void {
    // Everything has its timer.
  }

  killed(life: LifeClock): void {
    for (const [connection, owner] of this.#connections) if (owner === life) connection.lose('killed');
  }

  strike(): void {
    for (const connection of [...this.#connections.keys()])
      if (this.#context.random() < LOST_SHARE) connection.lose('ECONNRESET');
  }

  checkEnd(): void {
    // The model keeps what it has.
  }

  remove(): void {
    this.#connections.clear();
  }

  async #open(life: LifeClock): Promise<Ledger> {
    const { random, report } = this.#context;
    const connect = (): Promise<SharedConnection> => this.#connect(life);
    const connection = await connect();
    // What comes after this is told as news.
    const state = await connection.readState();
    const writer = await GroupWriter.start(connection, {
      connect,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      maxOutageMs: MAX_OUTAGE_MS,
      onBroken: report,
      onTrouble: () => undefined,
      clock: life,
      random,
    });
    return new SharedLedger(state, writer, connect, life);
  }

  async #connect(life: LifeClock): Promise<SharedConnection> {
    const { clock, random } = this.#context;
    await pause(life, random() * MAX_CONNECT_MS);
    if (this.isFailing && random() < UNREACHABLE_SHARE) throw new Error('ECONNREFUSED');
    const refuses = (): boolean => this.isFailing && random() < REFUSING_SHARE;
    const connection = new SharedConnection(this.#database, { clock, life, random, refuses });
    this.#connections.set(connection, life);
    connection.lost.addEventListener('abort', () => this.#connections.delete(connection), { once: true });
    return connection;
  }
}

/** The shipped group writer as a ledger, with a watch for news and a search that are as plain as can be. */
class SharedLedger implements Ledger {
  readonly isShared = true;
  readonly openedWith: LedgerState;
  readonly #writer: GroupWriter;
  readonly #connect: () => Promise<SharedConnection>;
  readonly #life: LifeClock;
  #tellRoom: () => void = () => undefined;
  #isOver = false;

  constructor(
    state: LedgerState,
    writer: GroupWriter,
    connect: () => Promise<SharedConnection>,
    life: LifeClock,
  ) {
    this.openedWith = state;
    this.#writer = writer;
    this.#connect = connect;
    this.#life = life;
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  async submit<O extends Operation>(operation: O): Promise<AnswerTo<O>> {
    try {
      const answer = await this.#writer.put(operationOf(operation));
      if (isTakenOver(answer)) throw new AgencyTakenOver();
      return answer as AnswerTo<O>;
    } finally {
      this.#tellRoom();
    }
  }

  async findWinners(winnerNumber: number): Promise<SearchResult> {
    try {
      const connection = await this.#connect();
      return await connection.findWinners(winnerNumber);
    } catch (error) {
      throw new LedgerUnavailable(oneLine(error));
    }
  }

  watch(listener: (news: LedgerNews) => void): void {
    void this.#watch(listener);
  }

  watchRoom(listener: () => void): void {
    this.#tellRoom = listener;
  }

  close(): Promise<void> {
    this.#isOver = true;
    return this.#writer.close();
  }

  async #watch(listener: (news: LedgerNews) => void): Promise<void> {
    let told = this.openedWith.finishedAgencies.size;
    while (this.#goesOn()) {
      try {
        const connection = await this.#connect();
        while (this.#goesOn()) {
          const { finishedAgencies, ...state } = await connection.readState();
          const newlyFinished = [...finishedAgencies].slice(told);
          told += newlyFinished.length;
          if (this.#goesOn()) listener({ ...state, newlyFinished });
          if (state.draw !== undefined) return;
          await pause(this.#life, LOOK_MS);
        }
      } catch {
        // The connection is lost, or there is none: the next one is tried.
        await pause(this.#life, LOOK_MS);
      }
    }
  }

  #goesOn(): boolean {
    return !this.#isOver;
  }
}

function pause(life: LifeClock, forMs: number): Promise<void> {
  return new Promise((resolve) => {
    life.after(forMs, resolve);
  });
}

/** The operation as the store takes it: the text of a batch, or the value of a note, may change once it was submitted. */
function operationOf(operation: Operation): StoreOperation {
  if (operation.kind === 'put-notes') return withOwnValues(operation);
  return operation.kind === 'place' ? { ...operation, batch: withDigest(operation.batch) } : operation;
}

function isTakenOver(answer: unknown): boolean {
  return (
    typeof answer === 'object' && answer !== null && 'outcome' in answer && answer.outcome === 'taken-over'
  );
}

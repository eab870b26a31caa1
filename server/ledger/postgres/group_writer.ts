import { randomUUID } from 'node:crypto';

import { oneLine } from '../../../program/exit';
import { ledgerClosed, ledgerFull, LedgerUnavailable } from '../ledger';
import { Connection, isUndefined } from './connection';
import { OperationQueue, Pending } from './operation_queue';
import { COMMIT_STATEMENT, GroupAnswers, groupParameters, Operation, OperationAnswer } from './operations';
import { Pause } from './pause';
import {
  answersOf,
  beginRun,
  endRun,
  LedgerLost,
  readRun,
  requireFunctions,
  StoredGroup,
  takeOver,
} from './run';

/** How long calls wait at most while there is no connection, unless the settings say otherwise. */
const DEFAULT_MAX_OUTAGE_MS = 5_000;
/** The first pause before connecting again, and the longest. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;
/** How long closing waits for what was handed over, and then for the connection's end. */
const CLOSE_TIMEOUT_MS = 400;
const END_TIMEOUT_MS = 100;

/** What a writer needs from the program around it. */
export interface GroupWriterSettings {
  /** Connects again. @throws LedgerLost when the database is not the one that it was, or has other functions */
  readonly connect: () => Promise<Connection>;
  /** The digest of this build's functions in the database. */
  readonly functionsDigest: string;
  /** How many bytes may wait, as {@link GroupWriter.queuedBytes} counts them. */
  readonly maxQueuedBytes: number;
  /** How long calls wait at most while there is no connection. */
  readonly maxOutageMs?: number | undefined;
  /** Called when the database has lost what it had committed: the ledger is of no more use then. */
  readonly onBroken: (error: Error) => void;
  /** Told what is wrong with the storage while nothing has failed by it. */
  readonly onTrouble: (reason: string) => void;
}

/** A group that was sent, and not answered yet. */
interface Group {
  readonly number: number;
  readonly pending: readonly Pending[];
}

/**
 * Carries out operations in the order in which they were put, in groups: whatever waits when the group before is
 * answered goes as one call, in one transaction.
 *
 * When the connection is lost with a group under way, nobody knows whether it was stored. The next connection first
 * takes the place of the one before (run.ts): from then on the group is either stored, and its answers are kept, or
 * it can never be, and is sent again. Operations wait for that, up to a bound; then they are rejected, all together,
 * though those under way may have been stored: the contract says why that does no harm.
 */
export class GroupWriter {
  /** Told of each commit: how many operations it carried out, and the time it took. */
  onCommit: (group: { readonly operations: number; readonly durationMs: number }) => void = () => undefined;
  readonly #settings: GroupWriterSettings;
  readonly #runId: string;
  readonly #queue: OperationQueue;
  /** Undefined while there is none. */
  #connection: Connection | undefined;
  #connectionNumber = 1;
  /** Which process of the database served the last connection. */
  #backend: Connection['backend'];
  #underWay: Group | undefined;
  #lastGroup = 0;
  /** The last group that is known to be stored. */
  #storedGroup = 0;
  #isSendScheduled = false;
  /** Nothing is taken any more. */
  #isOver = false;
  #closing: Promise<void> | undefined;
  #confirmIdle: () => void = () => undefined;
  readonly #pause = new Pause();

  /** @param connection to a database that is prepared */
  static async start(connection: Connection, settings: GroupWriterSettings): Promise<GroupWriter> {
    const runId = randomUUID();
    await beginRun(connection, runId, settings.functionsDigest);
    return new GroupWriter(connection, runId, settings);
  }

  private constructor(connection: Connection, runId: string, settings: GroupWriterSettings) {
    this.#settings = settings;
    this.#runId = runId;
    this.#queue = new OperationQueue(settings.maxQueuedBytes);
    this.#backend = connection.backend;
    this.#attend(connection);
  }

  /** The bytes of operations that were put and are not answered yet. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Whether operations are carried out now. */
  get isAvailable(): boolean {
    return this.#connection !== undefined && !this.#isOver;
  }

  /**
   * Puts an operation at the end of those that wait.
   *
   * @param read makes the answer; it takes the operation's numbers and texts before it returns
   * @throws LedgerUnavailable
   */
  put<Answer>(operation: Operation, read: (answer: OperationAnswer) => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(ledgerClosed());
      const settle = (answer: OperationAnswer): void => resolve(read(answer));
      if (!this.#queue.put({ operation, settle, reject })) {
        return reject(ledgerFull());
      }
      this.#scheduleSend();
    });
  }

  /** Carries out what was put, as far as that can be done at once, and ends the connection. */
  close(): Promise<void> {
    this.#isOver = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#pause.end();
    if (this.#connection === undefined) this.#rejectAll(ledgerClosed());
    const timer = setTimeout(() => this.#rejectAll(ledgerClosed()), CLOSE_TIMEOUT_MS);
    while (!this.#queue.isEmpty) await new Promise<void>((resolve) => (this.#confirmIdle = resolve));
    clearTimeout(timer);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const endTimer = setTimeout(() => connection.destroy('the ledger is closed'), END_TIMEOUT_MS);
    await endRun(connection, this.#runId).catch(() => undefined);
    await connection.end();
    clearTimeout(endTimer);
  }

  /** At the end of this turn of the event loop: what is put in one turn goes together. */
  #scheduleSend(): void {
    if (this.#isSendScheduled) return;
    this.#isSendScheduled = true;
    setImmediate(() => {
      this.#isSendScheduled = false;
      this.#sendNext();
    });
  }

  #sendNext(): void {
    if (this.#connection === undefined || this.#underWay !== undefined || this.#queue.isEmpty) return;
    this.#underWay = { number: ++this.#lastGroup, pending: this.#queue.nextGroup() };
    void this.#send(this.#connection, this.#underWay);
  }

  async #send(connection: Connection, group: Group): Promise<void> {
    const startedMs = performance.now();
    try {
      const operations = group.pending.map(({ operation }) => operation);
      const id = { runId: this.#runId, connection: this.#connectionNumber, group: group.number };
      const parameters = groupParameters(id, operations);
      const [answers] = await connection.query<GroupAnswers>(COMMIT_STATEMENT, parameters, 'commit');
      this.#settle(group, answers!);
      this.onCommit({
        operations: operations.length,
        durationMs: performance.now() - startedMs,
      });
    } catch (error) {
      await this.#clarify(connection, group, error);
    }
  }

  /** Finds out what became of a group that has failed. When the connection is lost, that is up to the next one. */
  async #clarify(connection: Connection, group: Group, reason: unknown): Promise<void> {
    try {
      await requireFunctions(connection, this.#settings.functionsDigest);
      if (isUndefined(reason)) throw new LedgerLost();
      const stored = await readRun(connection, this.#runId);
      await this.#settleIfStored(connection, group, stored);
      if (this.#underWay === group) this.#rejectAll(new LedgerUnavailable(oneLine(reason)));
    } catch (error) {
      if (error instanceof LedgerLost) this.#breakDown(error);
      connection.destroy(oneLine(error));
    }
  }

  /** Answers a group when it is the last one that was stored. */
  async #settleIfStored(connection: Connection, group: Group, stored: StoredGroup): Promise<void> {
    if (stored.group_number !== group.number) return;
    const operations = group.pending.map(({ operation }) => operation);
    this.#settle(group, await answersOf(connection, stored, operations));
  }

  #settle(group: Group, answers: GroupAnswers): void {
    // It was rejected meanwhile.
    if (this.#underWay !== group) return;
    this.#underWay = undefined;
    this.#storedGroup = group.number;
    this.#queue.release();
    const numbers = answers.numbers.values();
    const texts = answers.texts.values();
    group.pending.forEach(({ settle }, index) => {
      settle({
        outcome: answers.outcomes[index]!,
        takeNumber: () => numbers.next().value!,
        takeText: () => texts.next().value!,
      });
    });
    if (this.#queue.isEmpty) this.#confirmIdle();
    this.#sendNext();
  }

  /** Everything that was put until now is rejected together (the contract's last promise). */
  #rejectAll(error: LedgerUnavailable): void {
    this.#underWay = undefined;
    for (const { reject } of this.#queue.clear()) reject(error);
    this.#confirmIdle();
  }

  #attend(connection: Connection): void {
    if (this.#isOver) {
      connection.destroy('the ledger is closed');
      return;
    }
    this.#connection = connection;
    this.#backend = connection.backend;
    connection.lost.addEventListener('abort', () => this.#lose(connection), { once: true });
    if (connection.lost.aborted) this.#lose(connection);
  }

  #lose(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    const reason = oneLine(connection.lost.reason);
    if (this.#isOver) return this.#rejectAll(ledgerClosed());
    this.#settings.onTrouble(`the connection to the database was lost: ${reason}`);
    void this.#reconnect(reason);
  }

  /** Whether there is no connection, and there should be one. */
  #isDisconnected(): boolean {
    return this.#connection === undefined && !this.#isOver;
  }

  async #reconnect(firstReason: string): Promise<void> {
    const outage = { reason: firstReason, isLong: false };
    const reject = (): void => {
      outage.isLong = true;
      this.#rejectAll(new LedgerUnavailable(`there is no connection to the database: ${outage.reason}`));
    };
    const timer = setInterval(reject, this.#settings.maxOutageMs ?? DEFAULT_MAX_OUTAGE_MS);
    for (let attempt = 0; this.#isDisconnected(); attempt++) {
      await this.#pause.take(pauseMs(attempt));
      try {
        if (this.#isDisconnected()) await this.#connectAgain();
      } catch (error) {
        outage.reason = oneLine(error);
        if (error instanceof LedgerLost) this.#breakDown(error);
        else if (isUndefined(error)) this.#breakDown(new LedgerLost());
        else if (outage.isLong) reject();
      }
    }
    clearInterval(timer);
  }

  async #connectAgain(): Promise<void> {
    const connection = await this.#settings.connect();
    try {
      const stored = await takeOver(connection, this.#runId, ++this.#connectionNumber, this.#backend);
      if (stored.group_number < this.#storedGroup) throw new LedgerLost();
      if (this.#underWay !== undefined) await this.#settleIfStored(connection, this.#underWay, stored);
      this.#storedGroup = stored.group_number;
    } catch (error) {
      connection.destroy('it could not take over');
      throw error;
    }
    this.#attend(connection);
    if (this.#underWay !== undefined) void this.#send(connection, this.#underWay);
    else this.#sendNext();
  }

  /** The ledger is of no more use to this server: nobody is answered from now on. */
  #breakDown(error: LedgerLost): void {
    this.#isOver = true;
    this.#rejectAll(new LedgerUnavailable(error.message));
    this.#settings.onBroken(error);
  }
}

/** Longer each time, with a random part, so that not all servers come in the same moment. */
function pauseMs(attempt: number): number {
  const longestMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return longestMs * (0.5 + Math.random() / 2);
}

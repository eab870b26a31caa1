import { Clock, SYSTEM_CLOCK } from '../../../program/clock';
import { oneLine } from '../../../program/exit';
import { ledgerClosed, ledgerFull, LedgerUnavailable } from '../ledger';
import type { Answer, AnswerTo, Operation } from './operation';
import { OperationQueue, Pending } from './operation_queue';
import { Pause, pauseMs } from './pause';
import { GroupAnswer, LastGroup, LedgerLost, LOST, POSTPONED, WriterConnection } from './remote_store';
import { RunFence } from './run_fence';

/** How long calls wait at most while there is no connection, unless the settings say otherwise. */
const DEFAULT_MAX_OUTAGE_MS = 5_000;
/** How long closing waits for what was put, and then for the end of the connection. */
const CLOSE_TIMEOUT_MS = 400;
const END_TIMEOUT_MS = 100;

/** What a writer needs. */
export interface GroupWriterSettings {
  /** Connects again. @throws LedgerLost when the store is not the one that it was */
  readonly connect: () => Promise<WriterConnection>;
  /** How many bytes may wait, as {@link GroupWriter.queuedBytes} counts them, besides those of notes. */
  readonly maxQueuedBytes: number;
  /** How long calls wait at most while there is no connection; 5 s if left out. */
  readonly maxOutageMs?: number | undefined;
  /** Called when the store is not the one that it was: the ledger is of no more use then. */
  readonly onBroken: (error: Error) => void;
  /** Told what is wrong with the storage while nothing has failed because of it. */
  readonly onTrouble: (reason: string) => void;
  /** The machine's own if left out. */
  readonly clock?: Clock | undefined;
  /** A number from 0 up to, not including, 1; `Math.random` if left out. */
  readonly random?: (() => number) | undefined;
}

/** A group that was sent and is not answered yet. */
interface Group {
  readonly number: number;
  readonly pending: readonly Pending[];
}

/**
 * Carries out operations in the order in which they were put, in groups: whatever is waiting when the last group is
 * answered goes to the store as the next one, which is stored whole or not at all.
 *
 * When the connection is lost with a group under way, the next connection finds out whether the group was stored
 * (run_fence.ts): it is answered from what the store has kept, or sent again. Operations wait for that, up to a bound;
 * then they are all rejected together, though those under way may have been stored. The contract says why that does no
 * harm. Of a group that was stored, only what it has read of notes cannot be told again: those operations are rejected.
 */
export class GroupWriter {
  /** Told of each commit: how many operations it carried out, and how long it took. */
  onCommit: (group: { readonly operations: number; readonly durationMs: number }) => void = () => undefined;
  /** Called when operations were answered, before anyone is told. */
  onRoom: () => void = () => undefined;
  readonly #settings: GroupWriterSettings;
  readonly #clock: Clock;
  readonly #fence: RunFence;
  readonly #queue: OperationQueue;
  /** Undefined while there is none. */
  #connection: WriterConnection | undefined;
  #underWay: Group | undefined;
  #isSendScheduled = false;
  /** Nothing is taken any more. */
  #isOver = false;
  #closing: Promise<void> | undefined;
  #confirmIdle: () => void = () => undefined;
  readonly #pause: Pause;

  /**
   * Begins the run of this server.
   *
   * @param connection to a store that is ready for groups
   * @throws LedgerLost when this server cannot work with what is in the store
   */
  static async start(connection: WriterConnection, settings: GroupWriterSettings): Promise<GroupWriter> {
    return new GroupWriter(connection, await RunFence.begin(connection), settings);
  }

  private constructor(connection: WriterConnection, fence: RunFence, settings: GroupWriterSettings) {
    this.#settings = settings;
    this.#clock = settings.clock ?? SYSTEM_CLOCK;
    this.#pause = new Pause(this.#clock);
    this.#fence = fence;
    this.#queue = new OperationQueue(settings.maxQueuedBytes);
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
   * @returns its answer, once it is on durable storage
   * @throws LedgerUnavailable
   */
  put<Asked extends Operation>(operation: Asked): Promise<AnswerTo<Asked>> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(ledgerClosed());
      // The store answers each operation according to its kind.
      const settle = (answer: Answer): void => resolve(answer as AnswerTo<Asked>);
      if (!this.#queue.put({ operation, settle, reject })) return reject(ledgerFull());
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
    const cancel = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#rejectAll(ledgerClosed()));
    while (!this.#queue.isEmpty) await new Promise<void>((resolve) => (this.#confirmIdle = resolve));
    cancel();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const cancelEnd = this.#clock.after(END_TIMEOUT_MS, () => connection.destroy('the ledger is closed'));
    await this.#fence.end(connection).catch(() => undefined);
    await connection.end();
    cancelEnd();
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
    this.#underWay = { number: this.#fence.nextGroup(), pending: this.#queue.nextGroup() };
    void this.#send(this.#connection, this.#underWay);
  }

  async #send(connection: WriterConnection, group: Group): Promise<void> {
    const startedMs = this.#clock.nowMs();
    try {
      const answers = await connection.commitGroup(this.#fence.idOf(group.number), operationsOf(group));
      this.#settle(group, answers);
      this.onCommit({ operations: group.pending.length, durationMs: this.#clock.nowMs() - startedMs });
    } catch (error) {
      await this.#clarify(connection, group, error);
    }
  }

  /** Finds out what became of a group that has failed. When the connection is lost, the next one will. */
  async #clarify(connection: WriterConnection, group: Group, reason: unknown): Promise<void> {
    try {
      if (reason instanceof LedgerLost) throw reason;
      await this.#settleIfStored(group, await this.#fence.readLast(connection));
      if (this.#underWay === group) this.#rejectAll(new LedgerUnavailable(oneLine(reason)));
    } catch (error) {
      if (error instanceof LedgerLost) this.#breakDown(error);
      connection.destroy(oneLine(error));
    }
  }

  /** Answers a group when it is the last one that was stored. */
  async #settleIfStored(group: Group, last: LastGroup): Promise<void> {
    if (last.number === group.number) this.#settle(group, await last.answers(operationsOf(group)));
  }

  #settle(group: Group, answers: readonly GroupAnswer[]): void {
    // It was rejected in the meantime.
    if (this.#underWay !== group) return;
    this.#underWay = undefined;
    this.#fence.noteStored(group.number);
    this.#queue.release((index) => answers[index] === POSTPONED);
    group.pending.forEach((pending, index) => settleOne(pending, answers[index]));
    // What is told now is read only when this turn is over: those who wait for room come first.
    this.onRoom();
    if (this.#queue.isEmpty) this.#confirmIdle();
    this.#sendNext();
  }

  /** Everything that was put until now is rejected together (the contract's promise about a storage that fails). */
  #rejectAll(error: LedgerUnavailable): void {
    this.#underWay = undefined;
    for (const { reject } of this.#queue.clear()) reject(error);
    // Not before the rejections are delivered: nothing may be stored after a batch that its connection was refused.
    setImmediate(() => this.onRoom());
    this.#confirmIdle();
  }

  #attend(connection: WriterConnection): void {
    if (this.#isOver) {
      connection.destroy('the ledger is closed');
      return;
    }
    this.#connection = connection;
    connection.lost.addEventListener('abort', () => this.#lose(connection), { once: true });
    if (connection.lost.aborted) this.#lose(connection);
  }

  #lose(connection: WriterConnection): void {
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
    const outageMs = this.#settings.maxOutageMs ?? DEFAULT_MAX_OUTAGE_MS;
    const rejectAgain = (): void => {
      reject();
      this.#settings.onTrouble(`there is no connection to the database: ${outage.reason}`);
      cancel = this.#clock.after(outageMs, rejectAgain);
    };
    let cancel = this.#clock.after(outageMs, rejectAgain);
    for (let attempt = 0; this.#isDisconnected(); attempt++) {
      await this.#pause.take(pauseMs(attempt, this.#settings.random ?? Math.random));
      try {
        if (this.#isDisconnected()) await this.#connectAgain();
      } catch (error) {
        outage.reason = oneLine(error);
        if (error instanceof LedgerLost) this.#breakDown(error);
        else if (outage.isLong) reject();
      }
    }
    cancel();
  }

  async #connectAgain(): Promise<void> {
    const connection = await this.#settings.connect();
    try {
      const last = await this.#fence.passTo(connection);
      if (this.#underWay !== undefined) await this.#settleIfStored(this.#underWay, last);
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
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rejectAll(new LedgerUnavailable(error.message));
    this.#settings.onBroken(error);
  }
}

function settleOne({ settle, reject }: Pending, answer: GroupAnswer): void {
  if (answer === POSTPONED) return;
  if (answer === LOST)
    reject(new LedgerUnavailable('what was read was lost with the connection to the database'));
  else settle(answer);
}

function operationsOf({ pending }: Group): readonly Operation[] {
  return pending.map(({ operation }) => operation);
}

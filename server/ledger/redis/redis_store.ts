/** Redis as a store of a ledger: what `remote/` asks of it, in calls of its functions. */
import { Draw, FoundWinners, MAX_OVERDUE_MS } from '../draw';
import type { AgencySums } from '../operation';
import type { Operation } from '../remote/operation';
import {
  ExpectedProgress,
  GroupAnswer,
  GroupId,
  LastGroup,
  LedgerLost,
  Progress,
  RemoteConnection,
  RemoteStore,
} from '../remote/remote_store';
import { Connection, DatabaseSettings } from './connection';
import { KEYS } from './database_constants';
import { tryDrawLock } from './draw_lock';
import { scanForWinners } from './draw_scan';
import { unsafeMessage } from './durability';
import { answersDraw, answersTo, foundBatches, GroupReply } from './group_codec';
import { FunctionLibrary, hasLibrary, loadLibrary } from './library';
import type { ReadConnections } from './read_connections';
import { Agreement, beginRun, commitGroup, endRun, readRun, StoredGroup, takeOver } from './run';
import { hasProgress, readDraw, readFinished, readProgress, readSums } from './state';

/** Which database, and what this server has agreed on with others. */
export interface RedisStoreSettings extends DatabaseSettings {
  readonly deadline?: Agreement['deadline'];
  readonly actsOnOverdue?: boolean | undefined;
}

/** A database that was prepared (preparation.ts). */
export class RedisStore implements RemoteStore {
  readonly #settings: RedisStoreSettings;
  readonly #library: FunctionLibrary;
  readonly #reading: ReadConnections;

  /** @param reading the connections over which texts of batches are read */
  constructor(settings: RedisStoreSettings, library: FunctionLibrary, reading: ReadConnections) {
    this.#settings = settings;
    this.#library = library;
    this.#reading = reading;
  }

  /** @throws as `Connection.open` */
  async connect(): Promise<RemoteConnection> {
    return this.over(await Connection.open(this.#settings));
  }

  /** The store over a connection that is open. */
  over(connection: Connection): RemoteConnection {
    return new RedisConnection(connection, this.#settings, this.#library, this.#reading);
  }
}

/** One connection to it. */
class RedisConnection implements RemoteConnection {
  readonly name: string;
  readonly lost: AbortSignal;
  readonly #connection: Connection;
  readonly #agreement: Agreement;
  readonly #library: FunctionLibrary;
  readonly #reading: ReadConnections;
  readonly #maxOverdueMs: number | undefined;

  constructor(
    connection: Connection,
    { deadline, actsOnOverdue }: RedisStoreSettings,
    library: FunctionLibrary,
    reading: ReadConnections,
  ) {
    this.name = connection.name;
    this.lost = connection.lost;
    this.#connection = connection;
    this.#agreement = { digest: library.digest, deadline };
    this.#library = library;
    this.#reading = reading;
    this.#maxOverdueMs = actsOnOverdue === true ? undefined : MAX_OVERDUE_MS;
  }

  beginRun(runId: string): Promise<void> {
    return beginRun(this.#connection, runId, this.#agreement);
  }

  async commitGroup(id: GroupId, operations: readonly Operation[]): Promise<readonly GroupAnswer[]> {
    const { digest } = this.#agreement;
    const [reply, unsafe] = await Promise.all([
      commitGroup(this.#connection, id, operations, { digest, maxOverdueMs: this.#maxOverdueMs }),
      this.#connection.unsafety(),
    ]);
    // Somebody has changed it while the server runs: the group may not be stored. The next connection finds out.
    if (unsafe !== undefined) {
      this.destroy(unsafeMessage(unsafe));
      this.lost.throwIfAborted();
    }
    return this.#answers(operations, reply);
  }

  async takeOver(runId: string, number: number): Promise<LastGroup> {
    return this.#lastGroup(await takeOver(this.#connection, runId, number, this.#agreement));
  }

  async readRun(runId: string): Promise<LastGroup> {
    return this.#lastGroup(await readRun(this.#connection, runId));
  }

  endRun(runId: string): Promise<void> {
    return endRun(this.#connection, runId);
  }

  async requireProgress(expected: ExpectedProgress): Promise<void> {
    // What has emptied the database may have taken the functions with it: they are no part of what is promised.
    if (!(await hasLibrary(this.#connection))) await loadLibrary(this.#connection, this.#library);
    if (!(await hasProgress(this.#connection, expected))) throw new LedgerLost();
  }

  listen(call: () => void): Promise<void> {
    return this.#connection.listen(call);
  }

  readProgress(): Promise<Progress> {
    return readProgress(this.#connection);
  }

  async readFinishedAfter(count: number): Promise<readonly number[]> {
    return (await readFinished(this.#connection, count)).map(({ agency }) => agency);
  }

  readSums(): Promise<ReadonlyMap<number, AgencySums>> {
    return readSums(this.#connection);
  }

  tryDrawLock(): Promise<boolean> {
    return tryDrawLock(this.#connection);
  }

  readDraw(): Promise<Draw | undefined> {
    return readDraw(this.#connection);
  }

  findWinners(winnerNumber: number): Promise<FoundWinners> {
    return scanForWinners(this.#connection, winnerNumber);
  }

  end(): Promise<void> {
    return this.#connection.end();
  }

  destroy(reason: string): void {
    this.#connection.destroy(reason);
  }

  #lastGroup(stored: StoredGroup): LastGroup {
    return { number: stored.number, answers: (operations) => this.#answers(operations, stored) };
  }

  /** The texts of batches and the draw never change: they are read apart from the group, which need not wait for them. */
  async #answers(operations: readonly Operation[], reply: GroupReply): Promise<readonly GroupAnswer[]> {
    const texts: Buffer[] = [];
    for (const { agency, batchId } of foundBatches(operations, reply)) {
      texts.push(await this.#readText(agency, batchId));
    }
    const draw = answersDraw(operations, reply) ? await readDraw(this.#connection) : undefined;
    return answersTo(operations, reply, { texts, draw });
  }

  async #readText(agency: number, batchId: number): Promise<Buffer> {
    const text = await this.#reading.call(this.#connection, ['HGET', KEYS.texts(agency), String(batchId)]);
    if (Buffer.isBuffer(text)) return text;
    throw new LedgerLost();
  }
}

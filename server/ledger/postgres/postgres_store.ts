/** PostgreSQL as a store of a ledger: what `remote/` asks of it, in SQL. */
import type { AgencySums, Draw, FoundWinners } from '../ledger';
import type { Answer, Operation } from '../remote/operation';
import {
  ExpectedProgress,
  GroupId,
  LastGroup,
  LedgerLost,
  Progress,
  RemoteConnection,
  RemoteStore,
} from '../remote/remote_store';
import { tryDrawLock } from './advisory_locks';
import { Connection, DatabaseSettings, isUndefined } from './connection';
import { NEWS_CHANNEL } from './database_constants';
import { scanForWinners } from './draw_scan';
import { answersTo, COMMIT_STATEMENT, GroupAnswers, groupParameters, TEXT_FOUND } from './group_codec';
import { beginRun, endRun, readRun, requireFunctions, StoredGroup, takeOver } from './run';
import { hasProgress, readDraw, readFinishedAfter, readProgress, readSums } from './state';

/** A database that was prepared (migration.ts). */
export class PostgresStore implements RemoteStore {
  readonly #settings: DatabaseSettings;
  readonly #functionsDigest: string;

  /** @param functionsDigest of this build's functions */
  constructor(settings: DatabaseSettings, functionsDigest: string) {
    this.#settings = settings;
    this.#functionsDigest = functionsDigest;
  }

  /** @throws as `Connection.open` */
  async connect(): Promise<RemoteConnection> {
    return this.over(await Connection.open(this.#settings));
  }

  /** The store over a connection that is open. */
  over(connection: Connection): RemoteConnection {
    return new PostgresConnection(connection, this.#functionsDigest);
  }
}

/** One connection to it. Where the ledger is not what it was, it says which of two reasons there is (run.ts). */
class PostgresConnection implements RemoteConnection {
  readonly name: string;
  readonly lost: AbortSignal;
  readonly #connection: Connection;
  readonly #functionsDigest: string;

  constructor(connection: Connection, functionsDigest: string) {
    const { processId, startedAt } = connection.backend;
    this.name = `${processId} ${startedAt}`;
    this.lost = connection.lost;
    this.#connection = connection;
    this.#functionsDigest = functionsDigest;
  }

  beginRun(runId: string): Promise<void> {
    return beginRun(this.#connection, runId, this.#functionsDigest);
  }

  commitGroup(id: GroupId, operations: readonly Operation[]): Promise<readonly Answer[]> {
    return this.#explained(async () => {
      const parameters = groupParameters(id, operations);
      const [answers] = await this.#connection.query<GroupAnswers>(COMMIT_STATEMENT, parameters, 'commit');
      return answersTo(operations, answers!);
    });
  }

  takeOver(runId: string, connection: number, former: string): Promise<LastGroup> {
    return this.#explained(async () => {
      await requireFunctions(this.#connection, this.#functionsDigest);
      return this.#lastGroup(await takeOver(this.#connection, runId, connection, former));
    });
  }

  readRun(runId: string): Promise<LastGroup> {
    return this.#explained(async () => this.#lastGroup(await readRun(this.#connection, runId)));
  }

  endRun(runId: string): Promise<void> {
    return endRun(this.#connection, runId);
  }

  requireProgress({ finished, hasDraw }: ExpectedProgress): Promise<void> {
    return this.#explained(async () => {
      if (!(await hasProgress(this.#connection, finished, hasDraw))) throw new LedgerLost();
    });
  }

  listen(call: () => void): Promise<void> {
    return this.#connection.listen(NEWS_CHANNEL, call);
  }

  readProgress(): Promise<Progress> {
    return readProgress(this.#connection);
  }

  readFinishedAfter(count: number): Promise<readonly number[]> {
    return readFinishedAfter(this.#connection, count);
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
    return {
      number: stored.group_number,
      answers: async (operations) => {
        const texts = await this.#readTexts(stored, operations);
        return answersTo(operations, { ...stored, texts });
      },
    };
  }

  /** The texts that a group has found are not kept, but read again: a batch never changes. */
  async #readTexts({ outcomes }: StoredGroup, operations: readonly Operation[]): Promise<Buffer[]> {
    const texts: Buffer[] = [];
    for (const [index, operation] of operations.entries()) {
      if (operation.kind !== 'batch-text' || outcomes[index] !== TEXT_FOUND) continue;
      const [row] = await this.#connection.query<{ text: Buffer }>(
        'SELECT text FROM batches WHERE agency = $1 AND batch_id = $2',
        [operation.agency, operation.batchId],
      );
      if (row === undefined) throw new LedgerLost();
      texts.push(row.text);
    }
    return texts;
  }

  /** @throws FunctionsReplaced, or LedgerLost, where something is not there and another build is, or is not, the reason */
  async #explained<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof LedgerLost) && !isUndefined(error)) throw error;
      await requireFunctions(this.#connection, this.#functionsDigest);
      throw error instanceof LedgerLost ? error : new LedgerLost();
    }
  }
}

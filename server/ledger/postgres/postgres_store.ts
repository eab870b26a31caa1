/** PostgreSQL as a store of a ledger: what `remote/` asks of it, in SQL. */
import { Draw, DrawDeadline, FoundWinners, MAX_OVERDUE_MS } from '../draw';
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
import { tryDrawLock } from './advisory_locks';
import { requireDeadline } from './agreed_deadline';
import { Connection, DatabaseSettings, isUndefined } from './connection';
import { NEWS_CHANNEL } from './database_constants';
import { scanForWinners } from './draw_scan';
import {
  answersTo,
  COMMIT_STATEMENT,
  DRAW_WAS_THERE,
  GroupAnswers,
  groupParameters,
  outcomesOf,
  TEXT_FOUND,
} from './group_codec';
import { beginRun, endRun, readRun, requireFunctions, StoredGroup, takeOver } from './run';
import { hasProgress, readDraw, readFinishedAfter, readProgress, readSums } from './state';

/** Which database, and what this server has agreed on with others. */
export interface PostgresStoreSettings extends DatabaseSettings {
  readonly deadline?: DrawDeadline | undefined;
  readonly actsOnOverdue?: boolean | undefined;
}

/** A database that was prepared (migration.ts). */
export class PostgresStore implements RemoteStore {
  readonly #settings: PostgresStoreSettings;
  readonly #functionsDigest: string;

  /** @param functionsDigest of this build's functions */
  constructor(settings: PostgresStoreSettings, functionsDigest: string) {
    this.#settings = settings;
    this.#functionsDigest = functionsDigest;
  }

  /** @throws as `Connection.open` */
  async connect(): Promise<RemoteConnection> {
    return this.over(await Connection.open(this.#settings));
  }

  /** The store over a connection that is open. */
  over(connection: Connection): RemoteConnection {
    return new PostgresConnection(connection, this.#settings, this.#functionsDigest);
  }
}

/** One connection to it. Where the ledger is not what it was, it says which of two reasons there is (run.ts). */
class PostgresConnection implements RemoteConnection {
  readonly name: string;
  readonly lost: AbortSignal;
  readonly #connection: Connection;
  readonly #settings: PostgresStoreSettings;
  readonly #functionsDigest: string;

  constructor(connection: Connection, settings: PostgresStoreSettings, functionsDigest: string) {
    const { processId, startedAt } = connection.backend;
    this.name = `${processId} ${startedAt}`;
    this.lost = connection.lost;
    this.#connection = connection;
    this.#settings = settings;
    this.#functionsDigest = functionsDigest;
  }

  beginRun(runId: string): Promise<void> {
    return beginRun(this.#connection, runId, this.#functionsDigest);
  }

  commitGroup(id: GroupId, operations: readonly Operation[]): Promise<readonly GroupAnswer[]> {
    return this.#explained(async () => {
      const maxOverdueMs = this.#settings.actsOnOverdue === true ? undefined : MAX_OVERDUE_MS;
      const parameters = groupParameters(id, operations, maxOverdueMs);
      const [answers] = await this.#connection.query<GroupAnswers>(COMMIT_STATEMENT, parameters, 'commit');
      return answersTo(operations, answers!, await this.#drawBefore(answers!, operations));
    });
  }

  takeOver(runId: string, connection: number, former: string): Promise<LastGroup> {
    return this.#explained(async () => {
      await requireFunctions(this.#connection, this.#functionsDigest);
      await requireDeadline(this.#connection, this.#settings.deadline);
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
        const read = { ...stored, texts, uncheckedTexts: [], noteValues: undefined };
        return answersTo(operations, read, await this.#drawBefore(stored, operations));
      },
    };
  }

  /** The texts that a group has found are not kept, but read again: a batch never changes. (A note does: it is lost.) */
  async #readTexts(stored: StoredGroup, operations: readonly Operation[]): Promise<Buffer[]> {
    const outcomes = outcomesOf(operations, stored.outcomes);
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

  /** The draw that was there before a group that was to record one; `undefined` where there was none. */
  async #drawBefore(
    answers: Pick<GroupAnswers, 'outcomes'>,
    operations: readonly Operation[],
  ): Promise<Draw | undefined> {
    if (!operations.some(({ kind }) => kind === 'record-draw')) return undefined;
    const outcomes = outcomesOf(operations, answers.outcomes);
    const wasThere = operations.some(
      ({ kind }, index) => kind === 'record-draw' && outcomes[index] === DRAW_WAS_THERE,
    );
    return wasThere ? readDraw(this.#connection) : undefined;
  }

  /** @throws FunctionsReplaced when something is missing because of another build, LedgerLost when for another reason */
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

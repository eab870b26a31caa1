import { once } from 'node:events';

import type { AuditReader, AuditSegment } from '../audit_reader';
import { readAuditPage } from './audit_page';
import { PostgresSnapshot } from './audit_snapshot';
import { Connection, DatabaseSettings, explanationOf } from './connection';
import { requireLedger } from './migration';
import { SettledLog } from './settled_log';

/** For a snapshot, in which one statement sorts all batches of a large ledger. */
const SNAPSHOT_TIMEOUT_MS = 600_000;

/** Reads the audit log of a ledger in PostgreSQL. Only a snapshot keeps a transaction open while the caller works. */
export class PostgresAuditReader implements AuditReader {
  readonly #settings: DatabaseSettings;
  readonly #stop: AbortSignal;
  readonly #connection: Connection;
  readonly #log: SettledLog;
  #snapshotConnection: Connection | undefined;

  /**
   * @param stop ends what is under way: it is rejected
   * @throws ConfigurationError when the URL is not valid, or its user or database is refused
   * @throws OperationError when the database cannot be reached, or holds no ledger of this version
   */
  static async open(settings: DatabaseSettings, stop: AbortSignal): Promise<PostgresAuditReader> {
    // It commits nothing, so it does not matter how safely the database commits.
    const reading = { ...settings, allowUnsafeCommits: true };
    const connection = await connect(reading, stop);
    try {
      await requireLedger(connection);
    } catch (error) {
      connection.destroy('there is nothing to read');
      throw explanationOf(error);
    }
    return new PostgresAuditReader(reading, stop, connection);
  }

  private constructor(settings: DatabaseSettings, stop: AbortSignal, connection: Connection) {
    this.#settings = settings;
    this.#stop = stop;
    this.#connection = connection;
    this.#log = new SettledLog(connection, stop);
  }

  async lastSequence(): Promise<number> {
    try {
      return await this.#log.lastSequence();
    } catch (error) {
      throw explanationOf(error);
    }
  }

  read(after: number, last: number): AsyncGenerator<AuditSegment> {
    return readSegments(this.#connection, after, last);
  }

  async snapshot(): Promise<PostgresSnapshot> {
    const connection = await connect(
      { ...this.#settings, statementTimeoutMs: SNAPSHOT_TIMEOUT_MS },
      this.#stop,
    );
    this.#snapshotConnection = connection;
    return PostgresSnapshot.take(connection, () => readSegments(connection, 0, Number.MAX_SAFE_INTEGER));
  }

  async close(): Promise<void> {
    await Promise.all([this.#connection.end(), this.#snapshotConnection?.end()]);
  }
}

/** Connects. When the program is to stop, the connection is destroyed, or not waited for. */
async function connect(settings: DatabaseSettings, stop: AbortSignal): Promise<Connection> {
  stop.throwIfAborted();
  const connecting = Connection.open(settings).then((connection) => {
    const end = (): void => connection.destroy('the program is to stop');
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
    return connection;
  });
  const found = new AbortController();
  try {
    const stopped = once(stop, 'abort', { signal: found.signal }).then(() => {
      throw new Error('the program is to stop');
    });
    return await Promise.race([connecting, stopped]);
  } catch (error) {
    throw explanationOf(error);
  } finally {
    found.abort();
  }
}

/** Reads page by page, so that a log of any size can be read. */
async function* readSegments(
  connection: Connection,
  after: number,
  last: number,
): AsyncGenerator<AuditSegment> {
  let page = await readPage(connection, after, last);
  while (page.length > 0) {
    yield* page;
    page = await readPage(connection, page[page.length - 1]!.sequence, last);
  }
}

async function readPage(connection: Connection, after: number, last: number): Promise<AuditSegment[]> {
  try {
    return await readAuditPage(connection, after, last);
  } catch (error) {
    throw explanationOf(error);
  }
}

import { OperationError } from '../../../program/exit';
import type { AuditReader, AuditSegment } from '../audit_reader';
import { nextCount, readPage } from './audit_page';
import { RedisSnapshot } from './audit_snapshot';
import { explanationOf } from './connect_errors';
import { Connection, DatabaseSettings } from './connection';
import { KEYS } from './database_constants';
import { requireVersion } from './preparation';

/** How many segments are read at once at most. */
const MAX_SEGMENTS_AT_ONCE = 1_000;
/** For a snapshot, which is read in one go. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Reads the audit log of a ledger in Redis. */
export class RedisAuditReader implements AuditReader {
  readonly #connection: Connection;

  /**
   * @param stop ends what is under way: it is rejected
   * @throws ConfigurationError when the URL is not valid, or its user or database is refused
   * @throws OperationError when the database cannot be reached, or holds no ledger of a known version
   */
  static async open(settings: DatabaseSettings, stop: AbortSignal): Promise<RedisAuditReader> {
    try {
      // It stores nothing, so it does not matter how safely the database does.
      const reading = {
        ...settings,
        allowUnsafeCommits: true,
        answerTimeoutMs: ANSWER_TIMEOUT_MS,
        clientName: 'lottery-audit',
      };
      const connection = await Connection.open(reading, stop);
      stop.addEventListener('abort', () => connection.destroy('the program is to stop'), { once: true });
      if ((await requireVersion(connection)) > 0) return new RedisAuditReader(connection);
      connection.destroy('there is nothing to read');
    } catch (error) {
      throw explanationOf(error);
    }
    throw new OperationError('the database holds no ledger');
  }

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  async lastSequence(): Promise<number> {
    try {
      return Number(await this.#connection.call(['HGET', KEYS.lottery, 'sequence']));
    } catch (error) {
      throw explanationOf(error);
    }
  }

  read(after: number, last: number): AsyncGenerator<AuditSegment> {
    return readSegments(this.#connection, after, last);
  }

  snapshot(): Promise<RedisSnapshot> {
    return RedisSnapshot.take(this.#connection, (last) => readSegments(this.#connection, 0, last));
  }

  close(): Promise<void> {
    return this.#connection.end();
  }
}

async function* readSegments(
  connection: Connection,
  after: number,
  last: number,
): AsyncGenerator<AuditSegment> {
  let [behind, atOnce] = [after, 1];
  while (behind < last) {
    const page = await readPage(connection, behind, atOnce, last).catch((error: unknown) => {
      throw explanationOf(error);
    });
    yield* page;
    if (page.length < atOnce) return;
    behind = page[page.length - 1]!.sequence;
    atOnce = nextCount(page, atOnce, MAX_SEGMENTS_AT_ONCE);
  }
}

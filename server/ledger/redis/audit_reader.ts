import { OperationError } from '../../../program/exit';
import type { AuditReader, AuditSegment } from '../audit_reader';
import { RedisSnapshot } from './audit_snapshot';
import { explanationOf } from './connect_errors';
import { Connection, DatabaseSettings, mapOf, Reply } from './connection';
import { KEYS } from './database_constants';
import { requireVersion } from './preparation';

/** How many segments are read at once: as many as come to about so many bytes. */
const MAX_SEGMENTS_AT_ONCE = 1_000;
const MIN_PAGE_BYTES = 256 * 1024;
const MAX_PAGE_BYTES = 1024 * 1024;
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

/** Reads page by page, so that a log of any size can be read. */
async function* readSegments(
  connection: Connection,
  after: number,
  last: number,
): AsyncGenerator<AuditSegment> {
  let [behind, atOnce] = [after, 1];
  while (behind < last) {
    const page = await readPage(connection, behind, last, atOnce);
    yield* page;
    if (page.length < atOnce) return;
    behind = page[page.length - 1]!.sequence;
    const bytes = page.reduce((sum, { lines }) => sum + lines.length, 0);
    if (bytes < MIN_PAGE_BYTES) atOnce = Math.min(2 * atOnce, MAX_SEGMENTS_AT_ONCE);
    if (bytes > MAX_PAGE_BYTES) atOnce = Math.max(1, Math.floor(atOnce / 2));
  }
}

async function readPage(
  connection: Connection,
  after: number,
  last: number,
  count: number,
): Promise<AuditSegment[]> {
  const words = ['XRANGE', KEYS.log, `${after + 1}-0`, `${last}-0`, 'COUNT', String(count)];
  try {
    const entries = (await connection.call(words)) as readonly (readonly [Reply, Reply])[];
    return entries.map(([id, fields]) => ({
      sequence: Number(String(id).split('-')[0]),
      lines: mapOf(fields).get('lines') ?? '',
    }));
  } catch (error) {
    throw explanationOf(error);
  }
}

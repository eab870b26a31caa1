import { createHash } from 'node:crypto';

import { OperationError } from '../../../program/exit';
import type { AuditSegment } from '../audit_reader';
import type { Draw } from '../draw';
import { Leaf, LeafLine, leafLines, LeafSegment, LeafSource } from '../leaf_source';
import { LedgerDamaged, LedgerUnavailable } from '../ledger';
import { readAuditPage } from './audit_page';
import { Connection, DatabaseSettings, isUndefined } from './connection';
import { KeptConnection, KeptSession } from './kept_connection';
import { FoundBatch, readBatch, readBatches } from './leaf_texts';
import { SettledLog } from './settled_log';
import { readDraw } from './state';

/**
 * How many of the segments that were read last are looked for over a new connection. Groups are committed in another
 * order than that of their numbers, so the last one may be there while one before it is lost.
 */
const REMEMBERED_SEGMENTS = 1_024;

/** What the calls are given. */
interface Following {
  readonly connection: Connection;
  readonly log: SettledLog;
}

type Session = KeptSession<Following>;

/** The lines of a segment, taken apart. */
interface ParsedSegment extends AuditSegment {
  readonly changes: readonly LeafLine[];
}

/**
 * Follows a ledger in PostgreSQL. What others have committed is seen once it is durable: a transaction is shown to others
 * behind the wait for its standby.
 */
export class PostgresLeafSource implements LeafSource {
  readonly #kept: KeptConnection<Following>;
  readonly #remembered: RememberedSegments;

  /**
   * Connects. A database that cannot be reached is waited for until the program is to stop.
   *
   * @param stop ends what is under way: it is rejected
   * @throws ConfigurationError when the URL is not valid, or its user or database is refused
   * @throws OperationError when the database holds no ledger of this version
   */
  static async open(settings: DatabaseSettings, stop?: AbortSignal): Promise<PostgresLeafSource> {
    const remembered = new RememberedSegments();
    const waiting = stop ?? new AbortController().signal;
    const kept = await KeptConnection.open({
      // It commits nothing, so it does not matter how safely the database commits.
      database: { ...settings, allowUnsafeCommits: true },
      stop,
      prepare: async (connection) => {
        await remembered.require(connection);
        return { connection, log: new SettledLog(connection, waiting) };
      },
    });
    return new PostgresLeafSource(kept, remembered);
  }

  private constructor(kept: KeptConnection<Following>, remembered: RememberedSegments) {
    this.#kept = kept;
    this.#remembered = remembered;
  }

  async *read(after: number): AsyncGenerator<LeafSegment> {
    // What is settled is known of this database: over another connection it may be another one.
    const session = await this.#kept.session();
    const last = await lastSequence(session);
    if (last < after) throw lost();
    let read = after;
    while (read < last) {
      const page = await session.run(({ connection }) => readAuditPage(connection, read, last));
      if (page.length === 0) return;
      yield* this.#segmentsOf(session, page);
      read = page[page.length - 1]!.sequence;
    }
  }

  async batchText(agency: number, batchId: number): Promise<Buffer> {
    const { text } = await this.#kept.run(({ connection }) => readBatch(connection, { agency, batchId }));
    return text;
  }

  draw(): Promise<Draw | undefined> {
    return this.#kept.run(({ connection }) => readDraw(connection));
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  async *#segmentsOf(session: Session, page: readonly AuditSegment[]): AsyncGenerator<LeafSegment> {
    const parsed = page.map((segment): ParsedSegment => ({
      ...segment,
      changes: [...leafLines(segment.lines)],
    }));
    const batches = new BatchStream(session, parsed);
    for (const { sequence, lines, changes } of parsed) {
      const leaves: Leaf[] = [];
      let position = 0;
      for (const change of changes) {
        if (change.kind !== 'batch') {
          leaves.push(change);
          continue;
        }
        const { sequence: storedIn, position: place, ...batch } = await batches.next();
        if (storedIn !== sequence || place <= position) throw damaged(sequence);
        position = place;
        leaves.push({ kind: 'batch', ...batch });
      }
      this.#remembered.add(sequence, lines);
      yield { sequence, leaves };
    }
  }
}

/** The batches of a page of the log, one after the other. */
class BatchStream {
  readonly #pages: AsyncGenerator<readonly FoundBatch[]>;
  #page: readonly FoundBatch[] = [];
  #next = 0;

  constructor(session: Session, segments: readonly ParsedSegment[]) {
    const named = segments.flatMap(({ changes }) => changes.filter((change) => change.kind === 'batch'));
    this.#pages = readBatches((call) => session.run(call), named);
  }

  async next(): Promise<FoundBatch> {
    while (this.#next === this.#page.length) {
      const { value } = (await this.#pages.next()) as IteratorYieldResult<readonly FoundBatch[]>;
      this.#page = value;
      this.#next = 0;
    }
    return this.#page[this.#next++]!;
  }
}

/** The segments that were read last: a database that does not have them any more has lost commits. */
class RememberedSegments {
  /** SHA-256 of the lines, in hexadecimal digits, by the sequence number. */
  readonly #digests = new Map<number, string>();

  /** Adds a segment, and forgets the oldest one when there are too many. */
  add(sequence: number, lines: string): void {
    this.#digests.delete(sequence);
    this.#digests.set(sequence, createHash('sha256').update(lines).digest('hex'));
    if (this.#digests.size <= REMEMBERED_SEGMENTS) return;
    const [oldest] = this.#digests.keys();
    this.#digests.delete(oldest!);
  }

  /** @throws LedgerDamaged when one of them is not there as it was */
  async require(connection: Connection): Promise<void> {
    const rows = await connection
      .query<{ sequence: number; digest: string }>(
        `SELECT sequence, encode(sha256(convert_to(lines, 'UTF8')), 'hex') AS digest
         FROM audit WHERE sequence = ANY ($1::bigint[])`,
        [`{${[...this.#digests.keys()].join(',')}}`],
      )
      .catch((error: unknown) => {
        throw isUndefined(error) ? lost() : error;
      });
    const isKept = rows.every(({ sequence, digest }) => this.#digests.get(sequence) === digest);
    if (!isKept || rows.length !== this.#digests.size) throw lost();
  }
}

/** @throws LedgerUnavailable also when a group does not come to its end: it may yet */
async function lastSequence(session: Session): Promise<number> {
  try {
    return await session.run(({ log }) => log.lastSequence());
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    throw new LedgerUnavailable(error.message);
  }
}

function damaged(sequence: number): LedgerDamaged {
  return new LedgerDamaged(`segment ${sequence} is not what was stored`);
}

function lost(): LedgerDamaged {
  return new LedgerDamaged('the database has lost what it had committed');
}

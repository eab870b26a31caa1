import { createHash } from 'node:crypto';

import type { AuditSegment } from '../audit_reader';
import type { Draw } from '../draw';
import { Leaf, LeafLine, leafLines, LeafSegment, LeafSource } from '../leaf_source';
import { LedgerDamaged } from '../ledger';
import { nextCount, readPage } from './audit_page';
import type { Connection, DatabaseSettings } from './connection';
import { readHeads, readOrdered } from './draw_scan';
import { KeptConnection, ledgerGone } from './kept_connection';
import { HeadedSegment, NamedBatch, notAsStored, partsOf, withHeads, withTexts } from './leaf_texts';
import { requireVersion } from './preparation';
import { readDraw } from './state';

/** How many segments the first page has, and any at most: a segment has 4,096 lines at most. */
const FIRST_SEGMENTS = 16;
const MAX_SEGMENTS = 256;
/** How much text is read at once, up to one segment more. */
const TEXT_BYTES = 1024 * 1024;

/** A segment that was told, so that it is known again. */
interface ToldSegment {
  readonly sequence: number;
  /** SHA-256 of its lines. */
  readonly digest: Buffer;
  /** How many batches there are up to it; `undefined` where that was not counted. */
  readonly batches: number | undefined;
}

/** A segment that is to be told, without the texts of its batches. */
interface ReadSegment extends HeadedSegment {
  readonly told: ToldSegment;
}

/**
 * Follows the ledger in a Redis. Redis carries out one thing at a time, so no segment comes in between two others; but one
 * may be seen before it is synced, so each page is settled before anything of it is told.
 *
 * With each page it is asked whether the segment that was told last is there as it was: another Redis may have taken this
 * one's place without its last writes, or somebody has emptied it.
 */
export class RedisLeafSource implements LeafSource {
  readonly #kept: KeptConnection;
  /** The segment with the highest number that was told. */
  #last: ToldSegment | undefined;

  /**
   * Connects. A database that cannot be reached is waited for until the program is to stop.
   *
   * @param stop ends what is under way: it is rejected
   * @throws ConfigurationError when the URL is not valid, its user or database is refused, or the user lacks a permission
   * @throws OperationError when the database stores unsafely, or holds no ledger of a known version
   */
  static async open(settings: DatabaseSettings, stop?: AbortSignal): Promise<RedisLeafSource> {
    return new RedisLeafSource(await KeptConnection.open({ ...settings, clientName: 'lottery-log' }, stop));
  }

  private constructor(kept: KeptConnection) {
    this.#kept = kept;
  }

  async *read(after: number): AsyncGenerator<LeafSegment> {
    const connection = await this.#kept.connection();
    let [behind, batches] = [after, this.#batchesUpTo(after)];
    for (let count = FIRST_SEGMENTS; ;) {
      const page = await this.#kept.over(connection, () => this.#readPage(connection, behind, count));
      const segments = await this.#kept.over(connection, () => this.#settled(connection, page, batches));
      for (const part of partsOf(segments, TEXT_BYTES)) {
        const leaves = await this.#kept.over(connection, () => leavesOf(connection, part));
        for (const [index, { told }] of (part as readonly ReadSegment[]).entries()) {
          if (told.sequence >= (this.#last?.sequence ?? 0)) this.#last = told;
          [behind, batches] = [told.sequence, told.batches];
          yield { sequence: told.sequence, leaves: leaves[index]! };
        }
      }
      if (page.length < count) return;
      count = nextCount(page, count, MAX_SEGMENTS);
    }
  }

  batchText(agency: number, batchId: number): Promise<Buffer> {
    return this.#kept.use(async (connection) => {
      const [head] = await readHeads(connection, agency, [batchId]);
      if (head === undefined) throw notAsStored({ agency, batchId });
      const [leaf] = await withTexts(connection, [{ kind: 'batch', agency, batchId, head }]);
      return leaf!.text;
    });
  }

  draw(): Promise<Draw | undefined> {
    return this.#kept.use(async (connection) => {
      await this.#requireLast(connection);
      const draw = await readDraw(connection);
      if (draw !== undefined) await this.#kept.settle(connection);
      return draw;
    });
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  /** @throws LedgerDamaged when the segment that was told last is not there as it was, or a group was stored in part */
  async #readPage(connection: Connection, after: number, count: number): Promise<readonly AuditSegment[]> {
    // The page first: what is there behind it was there when it was read.
    const [page] = await Promise.all([readPage(connection, after, count), this.#requireLast(connection)]);
    return page;
  }

  async #requireLast(connection: Connection): Promise<void> {
    const last = this.#last;
    const [found, version] = await Promise.all([
      last === undefined ? [] : readPage(connection, last.sequence - 1, 1, last.sequence),
      requireVersion(connection),
    ]);
    if (version === 0) throw ledgerGone();
    if (last === undefined || (found[0] !== undefined && digestOf(found[0]).equals(last.digest))) return;
    throw new LedgerDamaged(
      `the database has lost segment ${last.sequence}, which was read before, or is another one than before`,
    );
  }

  /**
   * Makes sure that a page is durable, and reads what is kept of its batches.
   *
   * @param batches how many there are before it; `undefined` where that is not known
   * @throws LedgerDamaged when the lines are not those of the stored batches
   */
  async #settled(
    connection: Connection,
    page: readonly AuditSegment[],
    batches: number | undefined,
  ): Promise<readonly ReadSegment[]> {
    if (page.length === 0) return [];
    const segments = page.map((segment) => ({ segment, lines: [...leafLines(segment.lines)] }));
    const named = segments.map(({ segment: { sequence }, lines }) => ({ sequence, lines }));
    const [headed] = await Promise.all([
      withHeads(connection, named),
      requireOrder(connection, named.flatMap(({ lines }) => lines).filter(isBatch), batches),
      this.#kept.settle(connection),
    ]);
    let counted = batches;
    return segments.map(({ segment, lines }, index) => {
      if (counted !== undefined) counted += lines.filter(isBatch).length;
      const told = { sequence: segment.sequence, digest: digestOf(segment), batches: counted };
      return { ...headed[index]!, told };
    });
  }

  #batchesUpTo(sequence: number): number | undefined {
    if (sequence === 0) return 0;
    return this.#last?.sequence === sequence ? this.#last.batches : undefined;
  }
}

/** Makes sure that the batches are those that the list of all batches has in this place. @throws LedgerDamaged */
async function requireOrder(
  connection: Connection,
  lines: readonly Pick<NamedBatch, 'agency' | 'batchId'>[],
  before: number | undefined,
): Promise<void> {
  if (before === undefined || lines.length === 0) return;
  const listed = await readOrdered(connection, before, lines.length);
  for (const [index, line] of lines.entries()) {
    const [agency, batchId] = listed[index] ?? [];
    if (line.agency === agency && line.batchId === batchId) continue;
    throw new LedgerDamaged('the audit log and the list of all batches differ');
  }
}

/** The leaves of each segment. */
async function leavesOf(
  connection: Connection,
  segments: readonly HeadedSegment[],
): Promise<readonly (readonly Leaf[])[]> {
  const batches = segments.flatMap(({ lines }) => lines).filter((line) => line.kind === 'batch');
  const leaves = await withTexts(connection, batches);
  let next = 0;
  return segments.map(({ lines }) =>
    lines.map((line): Leaf => (line.kind === 'batch' ? leaves[next++]! : line)),
  );
}

function isBatch(line: LeafLine): line is Extract<LeafLine, { readonly kind: 'batch' }> {
  return line.kind === 'batch';
}

function digestOf({ lines }: AuditSegment): Buffer {
  return createHash('sha256').update(lines).digest();
}

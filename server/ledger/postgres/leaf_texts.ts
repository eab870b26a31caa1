/** The batches that the lines of the audit log name, read page by page. */
import { LedgerDamaged } from '../ledger';
import { batchDigest } from '../remote/batch_digest';
import { batchDamaged } from '../remote/winners_search';
import type { Connection } from './connection';

/** How much text one page has, up to one batch more. While a page is worked on, the next one is read. */
const PAGE_BYTES = 2 * 1024 * 1024;
const PAGE_BATCHES = 1_000;

/** A batch that a line names. */
export interface NamedBatch {
  readonly agency: number;
  readonly batchId: number;
}

/** A batch as it is stored, held against its digest. */
export interface FoundBatch extends NamedBatch {
  /** The number of its commit group, and its place in it. */
  readonly sequence: number;
  readonly position: number;
  readonly bets: number;
  readonly lastBetId: number;
  readonly text: Buffer;
}

interface BatchRow {
  readonly sequence: number | null;
  readonly position: number;
  readonly bets: number;
  readonly last_bet_id: number;
  readonly digest: Buffer;
  readonly text: Buffer;
}

/**
 * Reads batches, in the order in which they are named. No transaction is open while the caller works.
 *
 * @param run makes a call over the connection, whose errors it explains
 * @throws LedgerDamaged when one is not there, or not what was stored; whatever `run` throws
 */
export async function* readBatches(
  run: <Result>(call: (using: { readonly connection: Connection }) => Promise<Result>) => Promise<Result>,
  named: readonly NamedBatch[],
): AsyncGenerator<readonly FoundBatch[]> {
  const read = (from: number): Promise<BatchRow[]> => {
    const page = run(({ connection }) => readPage(connection, named.slice(from, from + PAGE_BATCHES)));
    // A failure is told when the page is awaited, if the caller gets that far.
    page.catch(() => undefined);
    return page;
  };
  let from = 0;
  let next = named.length > 0 ? read(0) : undefined;
  while (next !== undefined) {
    const rows = await next;
    const start = from;
    from += rows.length;
    next = from < named.length && rows.length > 0 ? read(from) : undefined;
    yield rows.map((row, index) => foundOf(named[start + index]!, row));
  }
}

/** Reads one batch. @throws LedgerDamaged when it is not there, or not what was stored */
export async function readBatch(connection: Connection, named: NamedBatch): Promise<FoundBatch> {
  const [row] = await readPage(connection, [named]);
  return foundOf(named, row!);
}

/**
 * The first of these batches, as many as fill a page; a row of nulls for one that is not there. The statement is planned
 * each time: a plan that was made for a small table may read all of a large one.
 */
function readPage(connection: Connection, named: readonly NamedBatch[]): Promise<BatchRow[]> {
  return connection.query<BatchRow>(
    `SELECT sequence, position, bets, last_bet_id, digest, text
     FROM (
       SELECT found.*, place,
         sum(coalesce(octet_length(text), 0)) OVER (ORDER BY place) - coalesce(octet_length(text), 0) AS bytes_before
       FROM unnest($1::integer[], $2::integer[]) WITH ORDINALITY AS named (agency, batch_id, place)
         LEFT JOIN LATERAL (
           SELECT sequence, position, bets, last_bet_id, digest, text FROM batches AS b
           WHERE b.agency = named.agency AND b.batch_id = named.batch_id LIMIT 1
         ) AS found ON true
     ) AS page
     WHERE bytes_before < ${PAGE_BYTES} ORDER BY place`,
    [named.map(({ agency }) => agency), named.map(({ batchId }) => batchId)].map(
      (numbers) => `{${numbers.join(',')}}`,
    ),
  );
}

function foundOf({ agency, batchId }: NamedBatch, row: BatchRow): FoundBatch {
  const { sequence, position, bets, last_bet_id: lastBetId, digest, text } = row;
  if (sequence === null) throw new LedgerDamaged(`batch ${batchId} of agency ${agency} is gone`);
  const isWhole = batchDigest({ agency, batchId, betCount: bets, lastBetId, text }).equals(digest);
  if (!isWhole) throw batchDamaged(agency, batchId);
  return { agency, batchId, sequence, position, bets, lastBetId, text };
}

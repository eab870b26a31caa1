import { textCheck } from '../../../protocol/payload_check';
import { forEachDocumentWithNumber } from '../../../protocol/bet_text';
import type { FoundWinners } from '../draw';
import { LedgerDamaged } from '../ledger';
import type { AgencySums } from '../operation';
import { batchDigest } from '../remote/batch_digest';
import type { Connection } from './connection';

/**
 * How much text one page has, up to one batch more: searching it must not hold up other work for long. The next page is
 * read in the meantime.
 */
const PAGE_BYTES = 1024 * 1024;
const PAGE_BATCHES = 1_000;

interface BatchRow {
  readonly agency: number;
  readonly batch_id: number;
  readonly bets: number;
  readonly last_bet_id: number;
  readonly digest: Buffer;
  readonly payload_check: number | null;
  readonly text: Buffer;
}

interface MutableSums {
  batches: number;
  bets: number;
  readonly documents: string[];
}

/**
 * Reads every bet of a ledger whose sale is closed, page by page, and finds those on the winner number. Each batch is
 * checked against its digest and its check value, and each agency's batches against its sums.
 *
 * @throws LedgerDamaged
 */
export async function scanForWinners(connection: Connection, winnerNumber: number): Promise<FoundWinners> {
  const found = new Map<number, MutableSums>();
  for await (const page of readPages(connection)) {
    for (const row of page) collect(found, row, winnerNumber);
  }
  await requireSums(connection, found);
  const winners = new Map<number, string>();
  let bets = 0;
  for (const [agency, sums] of found) {
    bets += sums.bets;
    if (sums.documents.length > 0) winners.set(agency, sums.documents.join(','));
  }
  return { winners, bets };
}

/** All batches, page by page. While the caller works on a page, the next one is read. */
async function* readPages(connection: Connection): AsyncGenerator<readonly BatchRow[]> {
  let page = await readPage(connection, 0, 0);
  while (page.length > 0) {
    const { agency, batch_id: batchId } = page[page.length - 1]!;
    const next = readPage(connection, agency, batchId);
    // A failure is reported when the page is awaited, if the caller gets that far.
    next.catch(() => undefined);
    yield page;
    page = await next;
  }
}

/** The batches that follow this one, as many as fill a page. */
function readPage(connection: Connection, agency: number, batchId: number): Promise<BatchRow[]> {
  return connection.query<BatchRow>(
    `SELECT agency, batch_id, bets, last_bet_id, digest, payload_check, text
     FROM (
       SELECT *, sum(octet_length(text)) OVER (ORDER BY agency, batch_id) - octet_length(text) AS bytes_before
       FROM (
         SELECT * FROM batches WHERE (agency, batch_id) > ($1::integer, $2::integer)
         ORDER BY agency, batch_id LIMIT ${PAGE_BATCHES}
       ) AS next
     ) AS page
     WHERE bytes_before < ${PAGE_BYTES} ORDER BY agency, batch_id`,
    [agency, batchId],
    'draw_page',
  );
}

function collect(found: Map<number, MutableSums>, row: BatchRow, winnerNumber: number): void {
  const { agency, batch_id: batchId, bets, last_bet_id: lastBetId, digest, payload_check: check, text } = row;
  const isWhole = batchDigest({ agency, batchId, betCount: bets, lastBetId, text }).equals(digest);
  if (!isWhole || (check !== null && check !== textCheck(text))) {
    throw new LedgerDamaged(`batch ${batchId} of agency ${agency} is not what was stored`);
  }
  let sums = found.get(agency);
  if (sums === undefined) found.set(agency, (sums = { batches: 0, bets: 0, documents: [] }));
  sums.batches++;
  sums.bets += bets;
  const { documents } = sums;
  forEachDocumentWithNumber(text, winnerNumber, (document) => documents.push(document));
}

async function requireSums(connection: Connection, found: ReadonlyMap<number, AgencySums>): Promise<void> {
  const kept = await connection.query<AgencySums & { agency: number }>(
    'SELECT agency, batches, bets FROM standings',
  );
  const isWhole = kept.every(({ agency, batches, bets }) => {
    const sums = found.get(agency);
    return sums?.batches === batches && sums.bets === bets;
  });
  if (!isWhole || kept.length !== found.size) {
    throw new LedgerDamaged('batches are missing, or there are more than were stored');
  }
}

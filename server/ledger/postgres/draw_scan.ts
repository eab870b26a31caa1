import type { FoundWinners } from '../draw';
import { WinnersSearch } from '../remote/winners_search';
import type { Connection } from './connection';
import { readSums } from './state';

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

/**
 * Reads every bet of a ledger whose sale is closed, page by page, and finds those on the winner number. Each batch is
 * checked against its digest and its check value, and each agency's batches against its sums.
 *
 * @throws LedgerDamaged
 */
export async function scanForWinners(connection: Connection, winnerNumber: number): Promise<FoundWinners> {
  const search = new WinnersSearch(winnerNumber);
  for await (const page of readPages(connection)) {
    for (const {
      batch_id: batchId,
      bets: betCount,
      last_bet_id: lastBetId,
      payload_check: check,
      ...row
    } of page) {
      search.take({ ...row, batchId, betCount, lastBetId, check });
    }
  }
  return search.result(await readSums(connection));
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

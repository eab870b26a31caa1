import type { FoundWinners } from '../draw';
import type { AgencySums } from '../operation';
import { batchDamaged, WinnersSearch } from '../remote/winners_search';
import { BatchHead, headFrom } from './batch_head';
import type { Connection, Reply } from './connection';
import { KEYS } from './database_constants';
import { readSums } from './state';

/** How many entries of the list of all batches are read at once, and how many heads of batches. */
const ORDER_AT_ONCE = 10_000;
const HEADS_AT_ONCE = 1_000;
/** How much text one page has, up to one batch more: searching it must not hold up other work for long. */
const PAGE_BYTES = 1024 * 1024;

/** A batch of an agency, without its text. */
interface NamedHead extends BatchHead {
  readonly batchId: number;
}

/** What is stored at one moment. */
export interface StoredBatches {
  /** How many there are: so many entries the list of all batches has. */
  readonly count: number;
  readonly sums: ReadonlyMap<number, AgencySums>;
}

/**
 * Reads every bet, page by page, and finds those on the winner number. Each batch is checked against its digest and its
 * check value, and each agency's batches against its sums.
 *
 * @param stored what is there, while servers may store more; left out for a ledger whose sale is closed
 * @throws LedgerDamaged
 */
export async function scanForWinners(
  connection: Connection,
  winnerNumber: number,
  stored?: StoredBatches,
): Promise<FoundWinners> {
  const search = new WinnersSearch(winnerNumber);
  for (const [agency, batchIds] of await readBatchIds(connection, stored?.count)) {
    await scanAgency(connection, agency, batchIds, search);
  }
  return search.result(stored?.sums ?? (await readSums(connection)));
}

/**
 * The batches of the list of all batches, in its order: page by page.
 *
 * @param count how many are read at most
 */
export async function* readOrder(
  connection: Connection,
  count = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<readonly (readonly [agency: number, batchId: number])[]> {
  for (let first = 0; first < count; first += ORDER_AT_ONCE) {
    const page = await readOrdered(connection, first, Math.min(ORDER_AT_ONCE, count - first));
    if (page.length === 0) return;
    yield page;
  }
}

/** Some batches of the list of all batches. @param first how many stand before them @param count how many at most */
export async function readOrdered(
  connection: Connection,
  first: number,
  count: number,
): Promise<readonly (readonly [agency: number, batchId: number])[]> {
  const range = [first, first + count - 1].map(String);
  const entries = (await connection.call(['LRANGE', KEYS.order, ...range])) as readonly Reply[];
  return entries.map((entry) => String(entry).split(',').map(Number) as [number, number]);
}

/** The heads of batches of an agency, in the order of these ids; `undefined` for one that is not there, or is none. */
export async function readHeads(
  connection: Connection,
  agency: number,
  batchIds: readonly number[],
): Promise<readonly (BatchHead | undefined)[]> {
  const heads = await readValues(connection, KEYS.heads(agency), batchIds);
  return heads.map((head) => (head === null ? undefined : headFrom(head)));
}

/** The texts of batches of an agency, in the order of these ids; `null` for one that is not there. */
export function readTexts(
  connection: Connection,
  agency: number,
  batchIds: readonly number[],
): Promise<readonly (Buffer | null)[]> {
  return readValues(connection, KEYS.texts(agency), batchIds);
}

/** The ids of each agency's batches, in ascending order. */
async function readBatchIds(
  connection: Connection,
  count: number | undefined,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const found = new Map<number, number[]>();
  for await (const page of readOrder(connection, count)) {
    for (const [agency, batchId] of page) {
      const batchIds = found.get(agency);
      if (batchIds === undefined) found.set(agency, [batchId]);
      else batchIds.push(batchId);
    }
  }
  for (const batchIds of found.values()) batchIds.sort((one, other) => one - other);
  return found;
}

async function scanAgency(
  connection: Connection,
  agency: number,
  batchIds: readonly number[],
  search: WinnersSearch,
): Promise<void> {
  for (let first = 0; first < batchIds.length; first += HEADS_AT_ONCE) {
    const some = batchIds.slice(first, first + HEADS_AT_ONCE);
    const heads = (await readHeads(connection, agency, some)).map((head, index): NamedHead => {
      const batchId = some[index]!;
      if (head === undefined) throw batchDamaged(agency, batchId);
      return { batchId, ...head };
    });
    for (const page of pagesOf(heads)) {
      const pageIds = page.map(({ batchId }) => batchId);
      const texts = await readTexts(connection, agency, pageIds);
      for (const [index, { bets: betCount, ...head }] of page.entries()) {
        const text = texts[index] ?? undefined;
        if (text === undefined) throw batchDamaged(agency, head.batchId);
        search.take({ agency, betCount, ...head, text });
      }
    }
  }
}

function* pagesOf(heads: readonly NamedHead[]): Generator<readonly NamedHead[]> {
  let page: NamedHead[] = [];
  let bytes = 0;
  for (const head of heads) {
    page.push(head);
    bytes += head.textBytes;
    if (bytes < PAGE_BYTES) continue;
    yield page;
    [page, bytes] = [[], 0];
  }
  if (page.length > 0) yield page;
}

async function readValues(
  connection: Connection,
  key: string,
  batchIds: readonly number[],
): Promise<readonly (Buffer | null)[]> {
  return (await connection.call(['HMGET', key, ...batchIds.map(String)])) as readonly (Buffer | null)[];
}

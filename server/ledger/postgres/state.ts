import { OperationError } from '../../../program/exit';
import { AgencySums, Draw, LedgerState } from '../ledger';
import type { Progress } from '../remote/remote_store';
import type { Connection } from './connection';

interface FinishedRow {
  readonly agency: number;
  readonly finished_at_ms: number;
}

interface SumsRow extends AgencySums {
  readonly agency: number;
}

interface DrawRow {
  readonly bets: number;
  readonly missing_agencies: number[];
  readonly is_called_off: boolean;
}

/**
 * Reads what the ledger holds, all of it at one moment.
 *
 * @throws OperationError when it is damaged
 */
export async function readState(connection: Connection): Promise<LedgerState> {
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const finished = await connection.query<FinishedRow>(
    'SELECT agency, finished_at_ms FROM finished_agencies ORDER BY ordinal',
  );
  const sums = await readSums(connection);
  const draw = await readDraw(connection);
  await connection.query('COMMIT');
  let [batches, bets] = [0, 0];
  for (const sum of sums.values()) {
    batches += sum.batches;
    bets += sum.bets;
  }
  // Once there was a draw nothing is added: its bets are those that are here.
  if (draw !== undefined && !draw.isCalledOff && draw.bets !== bets) {
    throw new OperationError('the ledger is damaged: not as many bets as were in the draw');
  }
  return {
    finishedAgencies: new Set(finished.map(({ agency }) => agency)),
    firstFinishedAtMs: finished[0]?.finished_at_ms,
    draw,
    batches,
    bets,
    sums,
  };
}

/** How much is stored of each agency of which something is. */
export async function readSums(connection: Connection): Promise<ReadonlyMap<number, AgencySums>> {
  const rows = await connection.query<SumsRow>('SELECT agency, batches, bets FROM standings');
  return new Map(rows.map(({ agency, batches, bets }) => [agency, { batches, bets }]));
}

/**
 * How far the lottery is.
 *
 * @throws OperationError when the ledger is damaged
 */
export async function readProgress(connection: Connection): Promise<Progress> {
  const [progress] = await connection.query<Progress>(
    `SELECT agencies_finished AS finished, EXISTS (SELECT FROM draws) AS "hasDraw" FROM lottery`,
    [],
    'progress',
  );
  if (progress === undefined) throw new OperationError('the ledger is damaged: the table lottery is empty');
  return progress;
}

/** The agencies that have finished, in their order, without the first so many. */
export async function readFinishedAfter(connection: Connection, count: number): Promise<readonly number[]> {
  const rows = await connection.query<{ agency: number }>(
    'SELECT agency FROM finished_agencies WHERE ordinal > $1 ORDER BY ordinal',
    [count],
  );
  return rows.map(({ agency }) => agency);
}

/** Whether all these agencies have finished and, if `hasDraw`, a draw is stored. */
export async function hasProgress(
  connection: Connection,
  finished: ReadonlySet<number>,
  hasDraw: boolean,
): Promise<boolean> {
  const [found] = await connection.query<{ finished: number; has_draw: boolean }>(
    `SELECT count(*)::integer AS finished, EXISTS (SELECT FROM draws) AS has_draw
     FROM finished_agencies WHERE agency = ANY($1)`,
    [`{${[...finished].join(',')}}`],
  );
  return found?.finished === finished.size && (found.has_draw || !hasDraw);
}

/** The draw that is stored, if there is one. */
export async function readDraw(connection: Connection): Promise<Draw | undefined> {
  const [draw] = await connection.query<DrawRow>('SELECT bets, missing_agencies, is_called_off FROM draws');
  if (draw === undefined) return undefined;
  const winners = await connection.query<{ agency: number; documents: string }>(
    'SELECT agency, documents FROM winners',
  );
  return {
    bets: draw.bets,
    winners: new Map(winners.map(({ agency, documents }) => [agency, documents])),
    missingAgencies: draw.missing_agencies,
    isCalledOff: draw.is_called_off,
  };
}

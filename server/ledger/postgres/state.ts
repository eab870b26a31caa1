import type { Draw, DrawTerms } from '../draw';
import { LedgerDamaged, LedgerState } from '../ledger';
import type { AgencySums } from '../operation';
import { openedState } from '../remote/opened_state';
import type { Progress } from '../remote/remote_store';
import type { Connection } from './connection';

interface FinishedRow {
  readonly agency: number;
  readonly finished_at_ms: number;
}

interface SumsRow extends AgencySums {
  readonly agency: number;
}

interface TermsRow {
  readonly missing_agencies: number[];
  readonly is_called_off: boolean;
}

interface DrawRow extends TermsRow {
  readonly bets: number;
  readonly winner_number: number | null;
}

interface ProgressRow {
  readonly finished: number;
  readonly first_finished_at_ms: number | null;
  readonly missing_agencies: number[] | null;
  readonly is_called_off: boolean | null;
  readonly has_draw: boolean;
  readonly now_ms: number;
}

/**
 * Reads what the ledger holds, from one snapshot.
 *
 * @throws LedgerDamaged
 */
export async function readState(connection: Connection): Promise<LedgerState> {
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const finished = await connection.query<FinishedRow>(
    'SELECT agency, finished_at_ms FROM finished_agencies ORDER BY ordinal',
  );
  const sums = await readSums(connection);
  const { closedWith } = await readProgress(connection);
  const draw = await readDraw(connection);
  const [drawn] = await connection.query<{ drawn_at_ms: number }>(
    'SELECT floor(extract(epoch FROM drawn_at) * 1000)::bigint AS drawn_at_ms FROM draws',
  );
  await connection.query('COMMIT');
  return openedState({
    finishedAgencies: new Set(finished.map(({ agency }) => agency)),
    firstFinishedAtMs: finished[0]?.finished_at_ms,
    closedWith,
    draw,
    drawnAtMs: drawn?.drawn_at_ms,
    sums,
  });
}

/** How much is stored of each agency that has anything stored. */
export async function readSums(connection: Connection): Promise<ReadonlyMap<number, AgencySums>> {
  const rows = await connection.query<SumsRow>('SELECT agency, batches, bets FROM standings');
  return new Map(rows.map(({ agency, batches, bets }) => [agency, { batches, bets }]));
}

/**
 * How far the lottery is.
 *
 * @throws LedgerDamaged
 */
export async function readProgress(connection: Connection): Promise<Progress> {
  const [row] = await connection.query<ProgressRow>(
    `SELECT agencies_finished AS finished, missing_agencies, is_called_off,
       (SELECT finished_at_ms FROM finished_agencies WHERE ordinal = 1) AS first_finished_at_ms,
       EXISTS (SELECT FROM draws) AS has_draw,
       floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms
     FROM lottery`,
    [],
    'progress',
  );
  if (row === undefined) throw new LedgerDamaged('the table lottery is empty');
  const { missing_agencies: missing, is_called_off: isCalledOff } = row;
  return {
    finished: row.finished,
    firstFinishedAtMs: row.first_finished_at_ms ?? undefined,
    closedWith:
      missing === null ? undefined : { missingAgencies: missing, isCalledOff: isCalledOff === true },
    hasDraw: row.has_draw,
    nowMs: row.now_ms,
  };
}

/** The agencies that have finished, in their order, except the first `count`. */
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
  const [draw] = await connection.query<DrawRow>(
    'SELECT bets, winner_number, missing_agencies, is_called_off FROM draws',
  );
  if (draw === undefined) return undefined;
  const winners = await connection.query<{ agency: number; documents: string }>(
    'SELECT agency, documents FROM winners',
  );
  return {
    bets: draw.bets,
    winners: new Map(winners.map(({ agency, documents }) => [agency, documents])),
    winnerNumber: draw.winner_number ?? undefined,
    ...termsOf(draw),
  };
}

function termsOf({ missing_agencies: missingAgencies, is_called_off: isCalledOff }: TermsRow): DrawTerms {
  return { missingAgencies, isCalledOff };
}

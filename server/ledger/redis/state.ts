/** What the ledger holds, read outside of a commit group. */
import { Draw, DrawTerms } from '../draw';
import { LedgerDamaged, LedgerState } from '../ledger';
import type { AgencySums } from '../operation';
import { openedState } from '../remote/opened_state';
import { ExpectedProgress, Progress } from '../remote/remote_store';
import { Connection, mapOf, Reply } from './connection';
import { KEYS } from './database_constants';
import { agenciesFrom } from './group_codec';

const PROGRESS_FIELDS = [
  'agencies',
  'agencies_finished',
  'first_finished_at_ms',
  'missing_agencies',
  'is_called_off',
  'drawn_at_ms',
] as const;

/** A FIN that is stored. */
export interface StoredFinish {
  readonly agency: number;
  /** The number of its commit group in the audit log. */
  readonly sequence: number;
}

/**
 * Reads what the ledger holds.
 *
 * @throws LedgerDamaged
 */
export async function readState(connection: Connection): Promise<LedgerState> {
  // Others may go on storing meanwhile: what is read later holds what is read earlier.
  const draw = await readDraw(connection);
  const fields = await readFields(connection);
  const finished = await readFinished(connection, 0);
  const sums = await readSums(connection);
  return openedState({
    finishedAgencies: new Set(finished.map(({ agency }) => agency)),
    firstFinishedAtMs: numberOrNone(fields.first_finished_at_ms),
    closedWith: termsOf(fields),
    draw,
    ...(draw !== undefined && { drawnAtMs: numberOrNone(fields.drawn_at_ms) }),
    sums,
  });
}

/** How much is stored of each agency that has anything stored. */
export async function readSums(connection: Connection): Promise<ReadonlyMap<number, AgencySums>> {
  return sumsFrom(await connection.call(['HGETALL', KEYS.sums]));
}

/** The sums, as `HGETALL` answers them. */
export function sumsFrom(reply: Reply): ReadonlyMap<number, AgencySums> {
  return new Map(
    [...mapOf(reply)].map(([agency, text]) => {
      const [batches, bets] = text.split(',').map(Number) as [number, number];
      return [Number(agency), { batches, bets }];
    }),
  );
}

/**
 * How far the lottery is.
 *
 * @throws LedgerDamaged
 */
export async function readProgress(connection: Connection): Promise<Progress> {
  const [fields, time] = await Promise.all([readFields(connection), connection.call(['TIME'])]);
  const [seconds, microseconds] = (time as readonly Reply[]).map(Number);
  return {
    finished: Number(fields.agencies_finished ?? 0),
    firstFinishedAtMs: numberOrNone(fields.first_finished_at_ms),
    closedWith: termsOf(fields),
    hasDraw: fields.drawn_at_ms !== undefined,
    nowMs: seconds! * 1_000 + Math.floor(microseconds! / 1_000),
  };
}

/** The agencies that have finished, in their order, except the first `count`. */
export async function readFinished(connection: Connection, count: number): Promise<readonly StoredFinish[]> {
  const entries = await connection.call(['LRANGE', KEYS.finished, String(count), '-1']);
  return finishedFrom(entries);
}

/** The FINs, as they are listed. */
export function finishedFrom(entries: Reply): readonly StoredFinish[] {
  return (entries as readonly Reply[]).map((entry) => {
    const [agency, sequence] = String(entry).split(',').map(Number) as [number, number];
    return { agency, sequence };
  });
}

/** Whether all these agencies have finished and, if so expected, a draw is stored. */
export async function hasProgress(
  connection: Connection,
  { finished, hasDraw }: ExpectedProgress,
): Promise<boolean> {
  const stored = new Set((await readFinished(connection, 0)).map(({ agency }) => agency));
  if (![...finished].every((agency) => stored.has(agency))) return false;
  return !hasDraw || (await readFields(connection)).drawn_at_ms !== undefined;
}

/** The draw that is stored, if there is one. */
export async function readDraw(connection: Connection): Promise<Draw | undefined> {
  const draw = await connection.call(['HGETALL', KEYS.draw]);
  if (mapOf(draw).size === 0) return undefined;
  return drawFrom(draw, await connection.call(['HGETALL', KEYS.winners]));
}

/** The draw, as `HGETALL` answers it and its winners; `undefined` where there is none. */
export function drawFrom(reply: Reply, winners: Reply): Draw | undefined {
  const draw = mapOf(reply);
  const bets = draw.get('bets');
  if (bets === undefined) return undefined;
  return {
    bets: Number(bets),
    winners: new Map([...mapOf(winners)].map(([agency, documents]) => [Number(agency), documents])),
    winnerNumber: numberOrNone(draw.get('winner_number') || undefined),
    missingAgencies: agenciesFrom(draw.get('missing_agencies') ?? ''),
    isCalledOff: draw.get('is_called_off') === '1',
  };
}

type Fields = Partial<Record<(typeof PROGRESS_FIELDS)[number], string>>;

async function readFields(connection: Connection): Promise<Fields> {
  const values = (await connection.call(['HMGET', KEYS.lottery, ...PROGRESS_FIELDS])) as readonly Reply[];
  if (values[0] === null) throw new LedgerDamaged(`${KEYS.lottery} is not there`);
  return Object.fromEntries(
    PROGRESS_FIELDS.flatMap((name, index) => (values[index] === null ? [] : [[name, String(values[index])]])),
  );
}

function termsOf({ missing_agencies: missing, is_called_off: isCalledOff }: Fields): DrawTerms | undefined {
  if (missing === undefined) return undefined;
  return { missingAgencies: agenciesFrom(missing), isCalledOff: isCalledOff === '1' };
}

/** The number in a text; `undefined` for none. */
export function numberOrNone(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

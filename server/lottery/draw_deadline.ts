/** When the draw stops waiting for agencies that have not finished: reading a deadline, and when it is due. */
import { ConfigurationError } from '../../program/exit';
import type { DrawDeadline } from '../ledger/draw';
import type { LedgerState } from '../ledger/ledger';

/** What a deadline may be written as. */
export const DEADLINE_FORMS =
  'a time such as 2026-12-22T09:00:00Z, or how long after the first agency has finished, such as 500ms, 90s, 15m, 2h';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Reads a deadline in one of the {@link DEADLINE_FORMS}; `undefined` when it is none. */
export function parseDeadline(text: string): { atMs: number } | { afterFirstFinishMs: number } | undefined {
  const duration = /^([0-9]{1,9})(ms|s|m|h)$/.exec(text);
  if (duration !== null) {
    const [, count, unit] = duration;
    return { afterFirstFinishMs: Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] };
  }
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) || !isDay(text.slice(0, 10)) ? undefined : { atMs };
}

/** `Date.parse` takes days that a month has not for those that follow. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/**
 * How long until the deadline, 0 or less when it has passed.
 *
 * @param firstFinishedAtMs when the first agency has finished, in milliseconds since 1970
 * @returns `undefined` while nobody has finished and the deadline counts from there
 */
export function msUntilDeadline(
  deadline: DrawDeadline,
  firstFinishedAtMs: number | undefined,
  nowMs: number,
): number | undefined {
  const dueAtMs = dueTimeMs(deadline, firstFinishedAtMs);
  return dueAtMs === undefined ? undefined : dueAtMs - nowMs;
}

/**
 * When a deadline is due, in milliseconds since 1970.
 *
 * @param firstFinishedAtMs as for {@link msUntilDeadline}
 * @returns `undefined` while nobody has finished and the deadline counts from there
 */
export function dueTimeMs(deadline: DrawDeadline, firstFinishedAtMs: number | undefined): number | undefined {
  if ('atMs' in deadline) return deadline.atMs;
  return firstFinishedAtMs === undefined ? undefined : firstFinishedAtMs + deadline.afterFirstFinishMs;
}

/**
 * Refuses a deadline that nobody can have meant: a time in the past for a sale in which nothing was sold.
 *
 * @param opened what the ledger held when it was opened
 * @throws ConfigurationError
 */
export function requireMeantDeadline(
  deadline: DrawDeadline | undefined,
  opened: Pick<LedgerState, 'bets' | 'closedWith' | 'draw'>,
  nowMs: number,
): void {
  if (deadline === undefined || !('atMs' in deadline) || deadline.atMs > nowMs) return;
  if (opened.bets > 0 || opened.closedWith !== undefined || opened.draw !== undefined) return;
  throw new ConfigurationError(
    `DRAW_DEADLINE: ${timeOf(deadline.atMs)} has passed and the ledger holds no bets; allowed is a time to come`,
  );
}

/** A deadline in words, for the log. */
export function describeDeadline(deadline: DrawDeadline): string {
  if ('atMs' in deadline) return timeOf(deadline.atMs);
  return `${deadline.afterFirstFinishMs} ms after the first FIN`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

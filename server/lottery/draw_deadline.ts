/** When the draw stops waiting for agencies that have not finished, and what becomes of it then. */

/** What to do at the deadline: draw among those bets that are there, or call the draw off. */
export const DEADLINE_ACTIONS = ['draw', 'call-off'] as const;
export type DeadlineAction = (typeof DEADLINE_ACTIONS)[number];

/** A deadline: a time, or so long after the first agency has finished. */
export type DrawDeadline = { readonly action: DeadlineAction } & (
  { readonly atMs: number } | { readonly afterFirstFinishMs: number }
);

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
  if ('atMs' in deadline) return deadline.atMs - nowMs;
  return firstFinishedAtMs === undefined
    ? undefined
    : firstFinishedAtMs + deadline.afterFirstFinishMs - nowMs;
}

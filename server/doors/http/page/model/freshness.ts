/** Whether the page's numbers are live. */
export type Freshness = 'connecting' | 'live' | 'stale' | 'lost' | 'paused';

/** An event arrives each second: after this long without one, something is wrong. */
const STALE_AFTER_MS = 3_500;
/** After this long without one, the connection is given up: a machine that was cut off never closes it. */
export const GIVE_UP_AFTER_MS = 15_000;

/** The connection's state, as the browser reports it. */
export type Connection = 'connecting' | 'open' | 'closed';

/** @param silentMs since the last event; `undefined` when there was none */
export function freshnessOf(connection: Connection, silentMs: number | undefined): Freshness {
  if (connection === 'closed') return 'lost';
  if (silentMs === undefined) return 'connecting';
  if (connection === 'connecting') return 'lost';
  return silentMs > STALE_AFTER_MS ? 'stale' : 'live';
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * How long to wait before the feed is opened again: exponential up to a bound, with jitter.
 *
 * @param failures how many in a row, from 1 on
 * @param random from 0 to 1
 */
export function reopenPauseMs(failures: number, random: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  return longest * (0.5 + random / 2);
}

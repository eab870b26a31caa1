/** How the page stands to the server. */
export type Freshness = 'connecting' | 'live' | 'stale' | 'lost';

/** An event comes each second: after so long without one, something is wrong. */
const STALE_AFTER_MS = 3_500;
/** After so long without one the connection is given up: a server whose machine was cut off never closes it. */
export const GIVE_UP_AFTER_MS = 15_000;

/** What the browser says of the connection. */
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
 * How long to wait before the feed is opened again: longer each time, up to a bound, and a little other for each page.
 *
 * @param failures that came one after the other, from 1 on
 * @param random from 0 to 1
 */
export function reopenPauseMs(failures: number, random: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  return longest * (0.5 + random / 2);
}

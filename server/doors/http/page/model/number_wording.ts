/** The text of the page about a winning number that is to come from a round of a beacon. */
import type { Board } from './board';
import { formatAge, formatCountdown, formatMoment } from './format';

/** A time that counts down, and what it is. */
export interface NumberDueTexts {
  readonly left: string;
  readonly detail: string;
}

/**
 * When the round is due, by the server's clock.
 *
 * @param sinceMs how long ago the board's figures came
 * @returns `undefined` unless the draw waits and a round is to come
 */
export function numberDueTexts({ figures, draw }: Board, sinceMs: number): NumberDueTexts | undefined {
  const { numberDueAtMs: dueAtMs, numberLeftMs } = figures.progress;
  if (draw !== undefined || dueAtMs === undefined || numberLeftMs === undefined) return undefined;
  const leftMs = numberLeftMs - sinceMs;
  const when = formatMoment(dueAtMs, figures.atMs);
  if (leftMs > 0) {
    return { left: `${formatCountdown(leftMs)} left`, detail: `Until the beacon’s round is due: ${when}.` };
  }
  return {
    left: `Due ${formatAge(-leftMs)} ago`,
    detail: `The beacon’s round was due at ${when}, and has not come to this server yet.`,
  };
}

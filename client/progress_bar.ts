/** An agency's progress on one line of a terminal. */
import type { Progress } from './progress';
import { grouped } from './sale';

const LONGEST_BAR = 30;
const SHORTEST_BAR = 10;

/** What the line says. */
export interface BarState extends Progress {
  readonly agency: number;
  /** Since the first bets were sent. */
  readonly elapsedMs: number;
  /** Bets that were stored then. */
  readonly storedBefore: number;
}

/**
 * The line: what is checked, then what is stored of all bets, each by its name. What does not fit is left out, so that
 * the terminal never wraps it.
 *
 * @param columns the width of the terminal
 */
export function barLine(state: BarState, columns: number): string {
  const room = columns - 1;
  const label = `agency ${state.agency}`;
  const text = amounts(state);
  let line = `${label} ${text}`;
  const barSize = Math.min(LONGEST_BAR, room - line.length - ' [] '.length);
  if (barSize >= SHORTEST_BAR) line = `${label} [${bar(share(state), barSize)}] ${text}`;
  for (const more of [timeLeft(state), rate(state)]) {
    if (more !== '' && line.length + ' | '.length + more.length <= room) line += ` | ${more}`;
  }
  return line.slice(0, Math.max(room, 0));
}

function amounts({ totalBets, storedBets, readBytes, fileBytes }: BarState): string {
  if (totalBets === undefined) return `${percent(readBytes, fileBytes)} % of the file checked`;
  if (storedBets >= totalBets) return `${grouped(storedBets)} stored, draw awaited`;
  return `${grouped(storedBets)} of ${grouped(totalBets)} stored`;
}

function share({ totalBets, storedBets, readBytes, fileBytes }: BarState): number {
  if (totalBets === undefined) return fileBytes === 0 ? 0 : Math.min(1, readBytes / fileBytes);
  return totalBets === 0 ? 1 : Math.min(1, storedBets / totalBets);
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(100, Math.floor((part * 100) / whole));
}

function bar(filled: number, size: number): string {
  const full = Math.floor(filled * size);
  return '█'.repeat(full) + '░'.repeat(size - full);
}

function rate(state: BarState): string {
  const perSecond = betsPerSecond(state);
  return perSecond === 0 || isStored(state) ? '' : `${grouped(Math.round(perSecond))} bets/s`;
}

function timeLeft(state: BarState): string {
  const perSecond = betsPerSecond(state);
  if (perSecond === 0 || isStored(state)) return '';
  return `${grouped(Math.ceil(((state.totalBets ?? 0) - state.storedBets) / perSecond))} s left`;
}

function betsPerSecond({ storedBets, storedBefore, elapsedMs }: BarState): number {
  return elapsedMs <= 0 ? 0 : ((storedBets - storedBefore) * 1_000) / elapsedMs;
}

function isStored({ totalBets, storedBets }: BarState): boolean {
  return totalBets === undefined || storedBets >= totalBets;
}

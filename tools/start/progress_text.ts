/** How far agencies have come, in words and bars. */
import { grouped } from '../table';
import { AgencyState, Extent } from './agency_state';

/** Which share of what there is to do is done, from 0 to 1, and what the share is of. */
export interface Share {
  readonly done: number;
  readonly of: 'read' | 'stored';
}

const LONGEST_BAR = 60;
const SHORTEST_BAR = 10;
/** The width of `100 % stored`. */
const SHARE_WIDTH = 12;
/** Wide enough for 9,999,999. */
const NUMBER_WIDTH = 9;
/** How many of those that are behind are named in a line. */
const NAMED_BEHIND = 3;

/** The share of the bets that is stored, or, before it is known how many there are, of the file that is read. */
export function shareOf({ readBytes, fileBytes, storedBets, totalBets }: Extent): Share {
  if (totalBets !== undefined) return { done: part(storedBets, totalBets), of: 'stored' };
  return { done: part(readBytes, fileBytes), of: 'read' };
}

/**
 * A line for a terminal: the label, a bar, the share, the bets that are stored and their rate. What does not fit is left
 * out, from the right; the bar goes before the share.
 *
 * @param columns of the terminal; the line is shorter
 */
export function barLine(label: string, extent: Extent, columns: number): string {
  const width = Math.max(columns - 1, 0);
  const share = shareOf(extent);
  const bets = `  ${grouped(extent.storedBets).padStart(NUMBER_WIDTH)} ${share.of === 'read' ? 'stored' : 'bets'}`;
  const rate = `  ${grouped(extent.betsPerSecond).padStart(NUMBER_WIDTH)}/s`;
  for (const details of [`${bets.padEnd(NUMBER_WIDTH + 9)}${rate}`, bets, '']) {
    const left = width - label.length - 2 - SHARE_WIDTH - details.length;
    if (left < SHORTEST_BAR) continue;
    const size = Math.min(left, LONGEST_BAR);
    return `${label} ${bar(share.done, size)} ${shareText(share).padEnd(SHARE_WIDTH)}${details}`.trimEnd();
  }
  return `${label} ${shareText(share)}`.slice(0, width);
}

/** The line that is written without a terminal, of all agencies together. */
export function progressLine(states: readonly AgencyState[], total: Extent, nowMs: number): string {
  const { storedBets, betsPerSecond } = total;
  const bets = `${grouped(storedBets)} bets stored, ${grouped(betsPerSecond)} bets/s`;
  const line = `${shareText(shareOf(total)).trimStart()}, ${bets}`;
  const behind = furthestBehind(states, nowMs);
  if (states.length === 1 || behind.length === 0) return line;
  const named = behind
    .slice(0, NAMED_BEHIND)
    .map((state) => `agency ${state.agency} (${shareText(shareOf(state.extent(nowMs))).trimStart()})`);
  return `${line}; furthest behind: ${named.join(', ')}`;
}

/** The agencies that have something left to do, the one that has come least far first. */
export function furthestBehind(states: readonly AgencyState[], nowMs: number): AgencyState[] {
  return states
    .filter(({ failure, isFinished }) => failure === undefined && !isFinished)
    .map((state) => ({ state, share: shareOf(state.extent(nowMs)) }))
    .filter(({ share }) => share.done < 1 || share.of === 'read')
    .sort((one, other) => rank(one.share) - rank(other.share))
    .map(({ state }) => state);
}

/** Who still reads is behind those who send. */
function rank({ done, of }: Share): number {
  return of === 'read' ? done - 1 : done;
}

function part(done: number, all: number): number {
  return all === 0 ? 1 : Math.min(done / all, 1);
}

function shareText({ done, of }: Share): string {
  return `${String(Math.floor(done * 100)).padStart(3)} % ${of}`;
}

function bar(done: number, size: number): string {
  const full = Math.floor(done * size);
  return `${'█'.repeat(full)}${'░'.repeat(size - full)}`;
}

import type { ThroughputRun } from '../throughput';
import { BatchShare, sharesOf } from './throughput_table';

/** A contestant that ours is compared with. */
export interface Compared {
  readonly name: string;
  readonly promise: string;
}

/** From here to its inverse, two are told to be as fast as each other: runs differ by as much. */
const ALIKE = 0.95;

/**
 * Where ours stands on this machine beside each of the others, in words: a line for each, with the bets a second that
 * ours takes of theirs.
 *
 * @param runs of all of them, by turns
 * @param ours the contestant that is compared
 * @param others which were measured at the same batch sizes
 */
export function standingText(
  runs: readonly ThroughputRun[],
  ours: string,
  others: readonly Compared[],
): string {
  const lines = others.map(
    ({ name, promise }) => `  ${name} (${promise}): ${sentence(sharesOf(runs, ours, name))}.\n`,
  );
  return `Where the ${ours} stands on this machine, in bets a second:\n${lines.join('')}`;
}

function sentence(shares: readonly BatchShare[]): string {
  const ratios = shares.map(({ share }) => share.toFixed(2)).join(' / ');
  const sizes = shares.map(({ betCount }) => betCount.toLocaleString('en-US')).join(' / ');
  return `${verdict(shares)}: ${ratios} of it at batches of ${sizes}`;
}

function verdict(shares: readonly BatchShare[]): string {
  const verdicts = new Set(shares.map(({ share }) => verdictOf(share)));
  if (verdicts.size === 1) return [...verdicts].join('');
  return shares
    .map(({ betCount, share }) => `${verdictOf(share)} at ${betCount.toLocaleString('en-US')}`)
    .join(', ');
}

function verdictOf(share: number): string {
  if (share < ALIKE) return 'slower';
  return share > 1 / ALIKE ? 'faster' : 'as fast';
}

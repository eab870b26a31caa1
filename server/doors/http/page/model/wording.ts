/** The texts of the page. */
import type { Board, Phase } from './board';
import type { FeedDraw } from './feed_message';
import { formatAge, formatCount, formatMany } from './format';
import type { Freshness } from './freshness';

const PHASES: Readonly<Record<Phase, string>> = {
  'not-ready': 'Not ready',
  open: 'Sale open',
  drawing: 'Drawing',
  drawn: 'Drawn',
  'called-off': 'Called off',
};

const FRESHNESS: Readonly<Record<Freshness, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  lost: 'Lost',
};

const REASONS: ReadonlyMap<string, string> = new Map([
  ['bad-header', 'not a message of the protocol'],
  ['too-large', 'larger than the server takes'],
  ['bad-batch', 'a batch or a bet in it is not valid'],
  ['batch-conflict', 'the batch’s number was taken by other bets'],
  ['unknown-agency', 'no agency of this lottery'],
  ['closed', 'after the agency’s end or the draw'],
  ['unavailable', 'could not be taken then'],
  ['unauthorized', 'without a valid token'],
  ['forbidden', 'not with this token, or not from there'],
  ['bad-request', 'not a request that is understood'],
]);

/** How far the lottery is, in a word or two. */
export function phaseText(phase: Phase): string {
  return PHASES[phase];
}

/** Whether the numbers are live, in a word. */
export function freshnessText(freshness: Freshness): string {
  return FRESHNESS[freshness];
}

/** Why something was refused. */
export function reasonText(code: string): string {
  return REASONS.get(code) ?? '';
}

/** The window's title: any problem first, since the rest may be cut off. */
export function titleText(board: Board | undefined, freshness: Freshness): string {
  if (board === undefined || freshness !== 'live') return `${freshnessText(freshness)} · Lottery`;
  return `${phaseText(board.phase)} · ${formatCount(board.figures.totalBets)} bets · Lottery`;
}

/** How old the numbers are, if they are not live. */
export function warningText(freshness: Freshness, silentMs: number | undefined): string {
  const age = silentMs === undefined ? '' : ` These numbers are ${formatAge(silentMs)} old.`;
  if (freshness === 'lost') return `The server does not answer; trying again.${age}`;
  if (freshness === 'stale') return `The server is silent.${age}`;
  return '';
}

/** How many agencies have finished. */
export function finishedText(board: Board): string {
  return `${formatCount(board.figures.finishedAgencies)} of ${formatMany(board.agencyCount, 'agency', 'agencies')}`;
}

/** The draw: its result, and how many bets took part. */
export function drawTexts(board: Board): { readonly outcome: string; readonly detail: string } {
  const { draw } = board;
  if (draw === undefined) {
    const finished = `${finishedText(board)} finished`;
    return { outcome: board.phase === 'drawing' ? 'Drawing' : 'Awaited', detail: finished };
  }
  if (draw.isCalledOff) return { outcome: 'Called off', detail: missingText(draw) };
  const missing = draw.missingAgencies === 0 ? '' : `; ${missingText(draw)}`;
  return {
    outcome: formatMany(draw.winningBets, 'winning bet', 'winning bets'),
    detail: `of ${formatCount(draw.bets)}${missing}`,
  };
}

function missingText({ missingAgencies }: FeedDraw): string {
  return `${formatMany(missingAgencies, 'agency', 'agencies')} had not finished`;
}

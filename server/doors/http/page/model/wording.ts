/** The texts of the page. */
import type { AgencyState, Board, Phase } from './board';
import { connectedText, connectionText } from './connection_wording';
import type { FeedDraw, FeedProgress } from './feed_message';
import { formatAge, formatCount, formatCountdown, formatMany, formatMoment } from './format';
import type { Freshness } from './freshness';

const PHASES: Readonly<Record<Phase, string>> = {
  'not-ready': 'Not ready',
  open: 'Sale open',
  overdue: 'Sale open, deadline passed',
  drawing: 'Drawing',
  delayed: 'Draw delayed',
  drawn: 'Drawn',
  'called-off': 'Called off',
};

const FRESHNESS: Readonly<Record<Freshness, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  lost: 'Lost',
  paused: 'Paused',
};

const AGENCY_STATES: Readonly<Record<AgencyState, string>> = {
  'never-seen': 'never seen',
  selling: 'selling',
  finished: 'finished',
  missing: 'missing at the close',
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
  ['forbidden', 'not with this token or certificate, or not from there'],
  ['bad-request', 'not a request that is understood'],
  ['not-sealed', 'before the sale was sealed'],
  ['number-decided', 'not the number that was given before'],
  ['bad-number', 'not a number, or a round, of this draw'],
  ['not-a-number', 'the note to be counted is no number'],
  ['notes-full', 'no room for more notes'],
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
    return { outcome: progressText(board.figures.progress), detail: finished };
  }
  if (draw.isCalledOff) return { outcome: 'Called off', detail: missingText(draw) };
  const missing = draw.missingAgencies === 0 ? '' : `; ${missingText(draw)}`;
  return {
    outcome: formatMany(draw.winningBets, 'winning bet', 'winning bets'),
    detail: `of ${formatCount(draw.bets)}${missing}`,
  };
}

/** The number that wins, in four digits; before it is known, where it comes from. */
export function winnerNumberText({ winnerNumber, numberFrom }: Board): string {
  if (winnerNumber !== undefined) return String(winnerNumber).padStart(4, '0');
  return numberFrom ?? 'none';
}

function progressText({ phase, gate = 'a condition' }: FeedProgress): string {
  switch (phase) {
    case 'closing':
      return 'Closing the sale';
    case 'gated':
    case 'announcing':
      return `Waiting for ${gate}`;
    case 'searching':
      return 'Looking for winners';
    case 'recording':
      return 'Storing the result';
    case 'retrying':
      return 'Trying again: the storage could not take it';
    default:
      return 'Awaited';
  }
}

/** The deadline: a number that counts down, and what it is. `undefined` for none, and once it no longer counts. */
export interface DeadlineTexts {
  /** Empty while it is not known when it is due. */
  readonly left: string;
  readonly detail: string;
  /** Whether an operator is to do something. */
  readonly isWarning: boolean;
}

/** @param sinceMs how long ago the board's figures came */
export function deadlineTexts(board: Board, sinceMs: number): DeadlineTexts | undefined {
  const { deadline, figures, draw } = board;
  const { phase, dueAtMs, leftMs, isOverdue } = figures.progress;
  if (deadline === undefined || draw !== undefined) return undefined;
  if (phase !== 'awaited' && phase !== 'closing' && phase !== 'retrying') return undefined;
  const then =
    deadline.action === 'draw'
      ? 'Then the draw runs without those missing.'
      : 'Then the draw is called off if any are missing.';
  if (dueAtMs === undefined || leftMs === undefined) {
    const after = formatAge(deadline.afterFirstFinishMs ?? 0);
    return {
      left: '',
      detail: `Deadline: ${after} after the first agency finishes. ${then}`,
      isWarning: false,
    };
  }
  const when = formatMoment(dueAtMs, figures.atMs);
  if (isOverdue) {
    const detail = `The deadline (${when}) is long past and is not acted on: an operator must confirm it with DRAW_DEADLINE_OVERDUE = act.`;
    return { left: `${formatAge(-leftMs)} ago`, detail, isWarning: true };
  }
  const left = leftMs - sinceMs;
  return { left: `${formatCountdown(left)} left`, detail: `Deadline: ${when}. ${then}`, isWarning: false };
}

/** How far an agency is, in a word or a few. */
export function stateText(state: AgencyState): string {
  return AGENCY_STATES[state];
}

/** When an agency was last heard of; empty for one that never was. */
export function heardText(board: Board, agency: number): string {
  const heardAtMs = board.heardAtMs(agency);
  const nowMs = board.figures.atMs;
  if (heardAtMs !== undefined) return formatMoment(heardAtMs, nowMs);
  const [, batches, , , finished] = board.agency(agency);
  return batches > 0 || finished === 1 ? `before ${formatMoment(board.startedAtMs, nowMs)}` : '';
}

/** All that is known of an agency besides its numbers, in a line. */
export function agencyText(board: Board, agency: number): string {
  const heard = heardText(board, agency);
  const connection = connectionText(board, agency);
  const isConnected = board.connectedSinceMs(agency) !== undefined;
  return [
    `Agency ${agency}: ${stateText(board.stateOf(agency))}`,
    ...(heard === '' ? [] : [`last heard ${heard}`]),
    ...(connection === '' ? [] : [isConnected ? `connected ${connection}` : connection]),
  ].join(', ');
}

/** How many agencies are how far, and how many are connected. */
export function agenciesText(board: Board): string {
  const counts: Record<AgencyState, number> = { selling: 0, finished: 0, missing: 0, 'never-seen': 0 };
  for (let agency = 1; agency <= board.agencyCount; agency++) counts[board.stateOf(agency)]++;
  const states = (Object.entries(counts) as [AgencyState, number][])
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${formatCount(count)} ${stateText(state)}`);
  return [...states, connectedText(board)].join(', ');
}

/** Which server it is, and since when it runs. */
export function serverText(board: Board): string {
  const { server, run, startedAtMs, figures } = board;
  const port = figures.tcpPort === 0 ? '' : `:${figures.tcpPort}`;
  const up = `up ${formatAge(figures.atMs - startedAtMs)}, since ${formatMoment(startedAtMs, figures.atMs)}`;
  return `Server ${server.host}${port}, version ${server.version}, run ${run}, ${up}`;
}

function missingText({ missingAgencies }: FeedDraw): string {
  return `${formatMany(missingAgencies, 'agency', 'agencies')} had not finished`;
}

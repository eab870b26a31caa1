/** The texts of the page about who is connected, by what right, and which certificates expire. */
import type { Board } from './board';
import type { FeedExpiry, FeedOverseer, FeedRight } from './feed_message';
import { formatAge, formatClock, formatCount, formatMany, formatRecent } from './format';

const DAY_MS = 86_400_000;

const RIGHTS: Readonly<Record<FeedRight, string>> = {
  certificate: 'certificate',
  token: 'token',
  none: 'unproven',
};

const EXPIRING: ReadonlyMap<string, string> = new Map([
  ['server', 'this server’s certificate'],
  ['client CA', 'the client CA’s certificate'],
  ['revocation list', 'the revocation list; without a new one nobody with a certificate is let in'],
  ['operator', 'the operator’s certificate'],
  ['auditor', 'the auditor’s certificate'],
]);

/** Since when an agency is connected and by what right, or by what right it asks; empty for neither. */
export function connectionText(board: Board, agency: number): string {
  const right = board.rightOf(agency);
  if (right === undefined) return '';
  const sinceMs = board.connectedSinceMs(agency);
  if (sinceMs === undefined) return `requests, ${RIGHTS[right]}`;
  const connections = board.agency(agency)[5];
  const many = connections > 1 ? ` ×${formatCount(connections)}` : '';
  return `since ${formatRecent(sinceMs, board.figures.atMs)}, ${RIGHTS[right]}${many}`;
}

/** Since when an agency is connected, for narrow places; empty while it is not. */
export function sinceText(board: Board, agency: number): string {
  const sinceMs = board.connectedSinceMs(agency);
  return sinceMs === undefined ? '' : formatClock(sinceMs, board.figures.atMs);
}

/** How many agencies are connected, and by what rights. */
export function connectedText(board: Board): string {
  const counts: Record<FeedRight, number> = { certificate: 0, token: 0, none: 0 };
  let connected = 0;
  for (let agency = 1; agency <= board.agencyCount; agency++) {
    const right = board.rightOf(agency);
    if (right === undefined || board.connectedSinceMs(agency) === undefined) continue;
    counts[right]++;
    connected++;
  }
  const rights = (Object.entries(counts) as [FeedRight, number][]).filter(([, count]) => count > 0);
  const [first, ...others] = rights;
  const text = `${formatCount(connected)} connected`;
  if (first === undefined) return text;
  if (others.length === 0)
    return first[0] === 'none' ? `${text}, ${RIGHTS.none}` : `${text} ${byRight(first[0])}`;
  return `${text} (${rights.map(([right, count]) => `${formatCount(count)} ${byRight(right)}`).join(', ')})`;
}

/** The operator and the auditor, in a line; empty when neither is connected, or has asked. */
export function overseersText({ figures }: Board): string {
  return figures.overseers.map((each) => overseerText(each, figures.atMs)).join('; ');
}

function overseerText({ party, right, connections, atMs }: FeedOverseer, nowMs: number): string {
  const name = party === 'operator' ? 'Operator' : 'Auditor';
  const when = formatRecent(atMs, nowMs);
  if (connections === 0) return `${name} asked ${byRight(right)} at ${when}`;
  const many = connections > 1 ? ` ${formatCount(connections)} times` : '';
  return `${name} connected${many} ${byRight(right)} since ${when}`;
}

function byRight(right: FeedRight): string {
  return right === 'none' ? RIGHTS.none : `by ${RIGHTS[right]}`;
}

/** What expires, and when. */
export interface ExpiryTexts {
  readonly urgency: FeedExpiry['urgency'];
  /** When. */
  readonly lead: string;
  /** What. */
  readonly what: string;
}

/** The certificates that expire soon or have expired, the first to expire first. */
export function expiryTexts({ figures }: Board): ExpiryTexts[] {
  return figures.expiring.map((each) => ({
    urgency: each.urgency,
    lead: expiryLead(each),
    what: each.name === 'agencies' ? agenciesText(each) : (EXPIRING.get(each.name) ?? each.name),
  }));
}

function expiryLead({ leftMs, count }: FeedExpiry): string {
  if (leftMs > 0) return `${count > 1 ? 'The first expires' : 'Expires'} in ${daysText(leftMs)}`;
  return `${count > 1 ? 'The first expired' : 'Expired'} ${daysText(-leftMs)} ago`;
}

/** `12 days`; of less than a day, its hours or minutes. */
function daysText(durationMs: number): string {
  const days = Math.floor(durationMs / DAY_MS);
  return days === 0 ? formatAge(durationMs) : formatMany(days, 'day', 'days');
}

function agenciesText({ agencies, count }: FeedExpiry): string {
  if (count === 1) return `the certificate of agency ${agencies.join()}`;
  const more = count - agencies.length;
  const named = agencies.map(formatCount);
  const last = more > 0 ? `${formatCount(more)} more` : named.pop();
  return `the certificates of agencies ${named.join(', ')} and ${last ?? ''}`;
}

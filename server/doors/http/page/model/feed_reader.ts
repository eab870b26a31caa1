/** Reads the feed's messages without trusting them: the server may be newer than the page. */
import type {
  AgencyRow,
  FeedChange,
  FeedDeadline,
  FeedDoor,
  FeedDraw,
  FeedExpiry,
  FeedHistory,
  FeedOverseer,
  FeedPhase,
  FeedRight,
  FeedState,
  Figures,
} from './feed_message';

const PHASES: ReadonlySet<string> = new Set<FeedPhase>([
  'awaited',
  'closing',
  'gated',
  'searching',
  'recording',
  'announcing',
  'retrying',
  'decided',
  'stopped',
]);

const OVERSEERS: ReadonlySet<string> = new Set<FeedOverseer['party']>(['operator', 'auditor']);
const RIGHTS: ReadonlySet<string> = new Set<FeedRight>(['certificate', 'token', 'none']);
const URGENCIES: ReadonlySet<string> = new Set<FeedExpiry['urgency']>(['soon', 'urgent', 'expired']);
const DOORS: readonly FeedDoor[] = ['tcp', 'http', 'memcached'];

type Fields = Readonly<Record<string, unknown>>;

/** The event `state`; `undefined` when it is not understood. @param text the event's data */
export function readState(text: string): FeedState | undefined {
  const message = parse(text);
  return isState(message) ? message : undefined;
}

/** The event `change`; `undefined` when it is not understood. @param text the event's data */
export function readChange(text: string): FeedChange | undefined {
  const message = parse(text);
  return isChange(message) ? message : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is FeedState {
  return (
    isChange(value) &&
    isFields(value) &&
    value['format'] === 3 &&
    typeof value['run'] === 'string' &&
    typeof value['hasAgencyList'] === 'boolean' &&
    areNumbers(value, 'startedAtMs', 'agencyCount') &&
    isOptional(value['winnerNumber'], isNumber) &&
    isOptional(value['numberFrom'], isText) &&
    areTexts(value['server'], 'host', 'version') &&
    (value['deadline'] === undefined || isDeadline(value['deadline'])) &&
    isHistory(value['history'])
  );
}

function isChange(value: unknown): value is FeedChange {
  if (!isFields(value) || !isFigures(value['figures'])) return false;
  const { agencies, draw } = value;
  return isListOf(agencies, isAgencyRow) && (draw === undefined || isDraw(draw));
}

function isFigures(value: unknown): value is Figures {
  if (!isFields(value)) return false;
  const { commits, connections, refusals, isReady, progress, overseers, expiring, log } = value;
  return (
    typeof isReady === 'boolean' &&
    areNumbers(value, 'atMs', 'totalBatches', 'totalBets', 'finishedAgencies', 'repeatedBatches') &&
    areNumbers(value, 'betsPerSecond', 'bytesPerSecond', 'queuedBytes', 'tcpPort') &&
    isProgress(progress) &&
    areNumbers(commits, 'count', 'operations', 'p50Ms', 'p99Ms', 'maxMs') &&
    areNumbers(connections, ...DOORS) &&
    isListOf(refusals, isRefusal) &&
    isListOf(overseers, isOverseer) &&
    isListOf(expiring, isExpiry) &&
    isOptional(log, isLog)
  );
}

function isOverseer(value: unknown): boolean {
  if (!areNumbers(value, 'connections', 'atMs') || !areTexts(value, 'party', 'right')) return false;
  return OVERSEERS.has(String(value['party'])) && RIGHTS.has(String(value['right']));
}

function isExpiry(value: unknown): boolean {
  if (!areNumbers(value, 'leftMs', 'count') || !areTexts(value, 'name', 'urgency')) return false;
  return URGENCIES.has(String(value['urgency'])) && isListOf(value['agencies'], isNumber);
}

function isLog(value: unknown): boolean {
  if (!areNumbers(value, 'size') || !isFields(value)) return false;
  if (typeof value['isSealed'] !== 'boolean' || typeof value['hasResult'] !== 'boolean') return false;
  return isListOf(value['signers'], isText) && isListOf(value['sealSigners'], isText);
}

function isProgress(value: unknown): boolean {
  if (!areTexts(value, 'phase') || typeof value['isOverdue'] !== 'boolean') return false;
  return (
    PHASES.has(String(value['phase'])) &&
    isOptional(value['gate'], isText) &&
    isOptional(value['dueAtMs'], isNumber) &&
    isOptional(value['leftMs'], isNumber) &&
    isOptional(value['numberDueAtMs'], isNumber) &&
    isOptional(value['numberLeftMs'], isNumber)
  );
}

function isDeadline(value: unknown): value is FeedDeadline {
  if (!isFields(value)) return false;
  const { action, afterFirstFinishMs } = value;
  return (action === 'draw' || action === 'call-off') && isOptional(afterFirstFinishMs, isNumber);
}

function isRefusal(value: unknown): boolean {
  if (!areNumbers(value, 'count')) return false;
  return DOORS.some((door) => door === value['door']) && typeof value['code'] === 'string';
}

function isDraw(value: unknown): value is FeedDraw {
  return (
    areNumbers(value, 'bets', 'missingAgencies', 'winningBets') &&
    typeof value['isCalledOff'] === 'boolean' &&
    isListOf(value['winners'], (pair) => isListOf(pair, isNumber) && pair.length === 2) &&
    isOptional(value['winnerNumber'], isNumber) &&
    isOptional(value['decidedAtMs'], isNumber) &&
    isOptional(value['tookMs'], isNumber) &&
    isOptional(value['sale'], (sale) => areNumbers(sale, 'bets', 'durationMs'))
  );
}

function isHistory(value: unknown): value is FeedHistory {
  if (!isFields(value)) return false;
  const { atMs, bets } = value;
  return isListOf(atMs, isNumber) && isListOf(bets, isNumber) && atMs.length === bets.length;
}

function isAgencyRow(value: unknown): value is AgencyRow {
  return isListOf(value, isNumber) && value.length === 9;
}

function areNumbers(value: unknown, ...keys: string[]): value is Fields {
  return isFields(value) && keys.every((key) => isNumber(value[key]));
}

function areTexts(value: unknown, ...keys: string[]): value is Fields {
  return isFields(value) && keys.every((key) => isText(value[key]));
}

function isOptional(value: unknown, isKind: (value: unknown) => boolean): boolean {
  return value === undefined || isKind(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

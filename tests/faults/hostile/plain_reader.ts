/** The protocol's rules once more, in the plainest way and sharing no code with the server: what bytes must be answered with. */
import { isUtf8 } from 'node:buffer';

const MAX_PAYLOAD_BYTES = 4_194_304;
const MAX_ECHO_BYTES = 1_024;
const HEADER_BYTES = 23;
const MAX_BET_ID = 9_007_199_254_740_991n;
const MAX_NAME_BYTES = 128;
/** How a message can begin; anything else is refused as soon as it shows. */
const BEGINNINGS = ['BET', 'FIN', 'ASK', 'CHK', 'RCP', 'ECHO '];

/** What one message must be answered with. */
export type Due =
  | {
      readonly type: 'batch';
      readonly agency: number;
      readonly batchId: number;
      readonly text: string;
    }
  | { readonly type: 'ask' }
  | { readonly type: 'check' }
  /** The FIN of an agency of the lottery: its WIN comes when the draw has run, and nothing before. */
  | { readonly type: 'fin' }
  | { readonly type: 'echo'; readonly line: string }
  | { readonly type: 'refusal'; readonly code: 'bad-batch' | 'unknown-agency'; readonly batchId: number }
  | { readonly type: 'refusal'; readonly code: 'bad-header' | 'too-large' };

/**
 * Reads what a client has sent, up to the first message that closes the connection or is not whole.
 *
 * @param sent one character for each byte
 * @param agencies the agencies are 1 to this
 */
export function readPlainly(sent: string, agencies: number): Due[] {
  const due: Due[] = [];
  for (let start = 0; start < sent.length;) {
    const message = readMessage(sent, start, agencies);
    if (message === undefined) break;
    due.push(message.due);
    if (message.due.type === 'refusal' && CLOSING.has(message.due.code)) break;
    start = message.end;
  }
  return due;
}

interface ReadMessage {
  readonly due: Due;
  readonly end: number;
}

const CLOSING: ReadonlySet<string> = new Set(['bad-header', 'too-large']);
const BAD_HEADER: Due = { type: 'refusal', code: 'bad-header' };

function readMessage(sent: string, start: number, agencies: number): ReadMessage | undefined {
  const beginning = BEGINNINGS.find((letters) => sent.startsWith(letters, start));
  if (beginning === undefined) {
    const rest = sent.slice(start);
    const canBecomeOne = BEGINNINGS.some((letters) => letters.startsWith(rest));
    return canBecomeOne ? undefined : { due: BAD_HEADER, end: sent.length };
  }
  if (beginning === 'ECHO ') return readEcho(sent, start);
  if (sent.length - start < HEADER_BYTES) return undefined;
  if (beginning === 'BET') return readBet(sent, start, agencies);
  // The server gives no receipts.
  if (beginning === 'RCP') return { due: BAD_HEADER, end: sent.length };
  if (beginning === 'CHK') return readCheck(sent, start, agencies);
  return readAgencyLine(sent, start, beginning === 'FIN' ? 'fin' : 'ask', agencies);
}

function readEcho(sent: string, start: number): ReadMessage | undefined {
  const end = sent.indexOf('\n', start) + 1;
  if (end > 0 && end - start <= MAX_ECHO_BYTES)
    return { due: { type: 'echo', line: sent.slice(start, end) }, end };
  return sent.length - start < MAX_ECHO_BYTES ? undefined : { due: BAD_HEADER, end: sent.length };
}

function readCheck(sent: string, start: number, agencies: number): ReadMessage {
  if (!/^\d{8}$/.test(sent.slice(start + 3, start + 11))) return { due: BAD_HEADER, end: sent.length };
  return readAgencyLine(sent, start, 'check', agencies, 11);
}

function readAgencyLine(
  sent: string,
  start: number,
  type: 'fin' | 'ask' | 'check',
  agencies: number,
  agencyAt = 3,
): ReadMessage {
  const headerEnd = start + HEADER_BYTES;
  const digits = /^ *(\d+)$/.exec(sent.slice(start + agencyAt, headerEnd))?.[1];
  if (digits === undefined) return { due: BAD_HEADER, end: sent.length };
  const end = sent[headerEnd] === '\n' ? headerEnd + 1 : headerEnd;
  return { due: isOneOf(Number(digits), agencies) ? { type } : unknownAgency(0), end };
}

function readBet(sent: string, start: number, agencies: number): ReadMessage | undefined {
  const header = /^BET(\d{8})(\d{4})(\d{8})$/.exec(sent.slice(start, start + HEADER_BYTES));
  if (header === null) return { due: BAD_HEADER, end: sent.length };
  const [payloadBytes, batchSize, batchId] = [Number(header[1]), Number(header[2]), Number(header[3])];
  if (payloadBytes > MAX_PAYLOAD_BYTES)
    return { due: { type: 'refusal', code: 'too-large' }, end: sent.length };
  const payloadEnd = start + HEADER_BYTES + payloadBytes;
  if (sent.length <= payloadEnd) return undefined;
  if (sent[payloadEnd] !== '\n') return { due: BAD_HEADER, end: sent.length };
  const payload = sent.slice(start + HEADER_BYTES, payloadEnd);
  const due = dueForBatch(payload, batchSize, batchId, agencies);
  return { due, end: payloadEnd + 1 };
}

function dueForBatch(payload: string, batchSize: number, batchId: number, agencies: number): Due {
  const agency = agencyOfBatch(payload, batchSize);
  if (agency === undefined || batchId === 0) return { type: 'refusal', code: 'bad-batch', batchId };
  if (!isOneOf(agency, agencies)) return unknownAgency(batchId);
  return { type: 'batch', agency, batchId, text: payload.slice(1) };
}

function isOneOf(agency: number, agencies: number): boolean {
  return agency >= 1 && agency <= agencies;
}

function unknownAgency(batchId: number): Due {
  return { type: 'refusal', code: 'unknown-agency', batchId };
}

/** The agency of a valid batch; undefined for one that breaks a rule. */
function agencyOfBatch(payload: string, batchSize: number): number | undefined {
  if (!payload.startsWith(';')) return undefined;
  const bets = payload.slice(1).split(';');
  if (bets.length !== batchSize || !bets.every(isBet)) return undefined;
  const agencies = new Set(bets.map((bet) => Number(bet.split(',')[0])));
  return agencies.size === 1 ? [...agencies][0] : undefined;
}

function isBet(bet: string): boolean {
  const fields = bet.split(',');
  if (fields.length !== 7) return false;
  const [agency, betId, first, last, document, birthdate, number] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return (
    /^\d+$/.test(agency) &&
    BigInt(agency) >= 1n &&
    /^\d+$/.test(betId) &&
    BigInt(betId) >= 1n &&
    BigInt(betId) <= MAX_BET_ID &&
    isName(first) &&
    isName(last) &&
    /^\d{1,20}$/.test(document) &&
    isBirthdate(birthdate) &&
    /^\d{1,4}$/.test(number)
  );
}

function isName(name: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (name.length < 1 || name.length > MAX_NAME_BYTES || /[\x00-\x1f\x7f]/.test(name)) return false;
  return isUtf8(Buffer.from(name, 'latin1'));
}

function isBirthdate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '1900-01-01') return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

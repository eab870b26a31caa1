/** Batches as text/csv: one line per bet, `bet_id,first_name,last_name,document,birthdate,number`. */
import { CARRIAGE_RETURN, COMMA as COMMA_BYTE, LINE_FEED } from '../../../../protocol/ascii';
import { MAX_BATCH_SIZE } from '../../../../protocol/limits';
import { csvRecords } from './csv_records';
import { COLUMNS, GivenBatch, GivenBet } from './given_batch';

const COMMA = ',';
const QUOTE = '"';
const QUOTE_BYTE = 0x22;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** What is read of a body at once. */
type GivenBets = Pick<GivenBatch, 'betCount' | 'payload'>;

const BROKEN: GivenBet = { field: 'bet', rule: 'a field that begins with a quote ends with one' };

/**
 * Reads a batch, as an agency's program reads its file: lines end with LF or CRLF, which the last one may omit; empty lines
 * and a byte order mark at the beginning are skipped; there is no header line. A field that starts with a quote is read as
 * in RFC 4180; a quote anywhere else is an ordinary character.
 */
export function readCsvBatch(agency: number, body: Buffer): GivenBatch {
  const text = withoutMark(body);
  const { betCount, payload } = hasQuotedField(text) ? quotedBatch(agency, text) : plainBatch(agency, text);
  return {
    betCount,
    payload,
    encoding: 'latin1',
    bets: function* () {
      for (const { columns, isBroken } of csvRecords(text.toString('latin1')))
        yield isBroken ? BROKEN : columns;
    },
  };
}

/** A field as CSV: quoted if it starts with a quote. */
export function csvField(field: string): string {
  return field.startsWith(QUOTE) ? `"${field.replaceAll(QUOTE, '""')}"` : field;
}

function withoutMark(body: Buffer): Buffer {
  const hasMark = BYTE_ORDER_MARK.every((byte, index) => body[index] === byte);
  return hasMark ? body.subarray(BYTE_ORDER_MARK.length) : body;
}

/** Whether a quote stands where a field begins: one pass, however many quotes, commas or line feeds there are. */
function hasQuotedField(body: Buffer): boolean {
  const first = body.indexOf(QUOTE_BYTE);
  if (first === 0) return true;
  for (let offset = first; offset > 0 && offset < body.length; offset++) {
    if (body[offset] !== QUOTE_BYTE) continue;
    const before = body[offset - 1];
    if (before === COMMA_BYTE || before === LINE_FEED) return true;
  }
  return false;
}

/** Without quoted fields, each line is the text of a bet. */
function plainBatch(agency: number, body: Buffer): GivenBets {
  const betCount = countLines(body, MAX_BATCH_SIZE + 1);
  return { betCount, payload: betCount > MAX_BATCH_SIZE ? undefined : plainPayload(agency, body, betCount) };
}

function plainPayload(agency: number, body: Buffer, betCount: number): Buffer {
  const lead = Buffer.from(`;${agency},`);
  const payload = Buffer.allocUnsafe(body.length + betCount * lead.length);
  let length = 0;
  for (const [start, end] of linesOf(body)) {
    length += lead.copy(payload, length);
    length += body.copy(payload, length, start, end);
  }
  return payload.subarray(0, length);
}

/** Counts the lines, but no further than `maximum`. */
function countLines(body: Buffer, maximum: number): number {
  const lines = linesOf(body);
  let count = 0;
  while (count < maximum && lines.next().done !== true) count++;
  return count;
}

/** The offsets of each line that is not empty, without its line end. */
function* linesOf(body: Buffer): Generator<readonly [start: number, end: number], void> {
  for (let start = emptyLinesEnd(body, 0); start < body.length;) {
    const lineFeed = body.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? body.length : lineFeed;
    const hasReturn = lineFeed > start && body[lineFeed - 1] === CARRIAGE_RETURN;
    yield [start, hasReturn ? end - 1 : end];
    start = emptyLinesEnd(body, end + 1);
  }
}

/** The offset after the empty lines that begin at the beginning of a line. */
function emptyLinesEnd(body: Buffer, start: number): number {
  let offset = start;
  for (; offset < body.length; offset++) {
    const byte = body[offset];
    if (byte === LINE_FEED) continue;
    if (byte !== CARRIAGE_RETURN || body[offset + 1] !== LINE_FEED) break;
  }
  return Math.min(offset, body.length);
}

/** With quoted fields, each bet is made of the fields without their quotes. */
function quotedBatch(agency: number, body: Buffer): GivenBets {
  const texts: string[] = [];
  let isWhole = true;
  for (const { columns, isBroken } of csvRecords(body.toString('latin1'))) {
    if (isBroken || columns.length !== COLUMNS.length) isWhole = false;
    texts.push(`;${agency},${columns.join(COMMA)}`);
    if (texts.length > MAX_BATCH_SIZE) break;
  }
  return {
    betCount: texts.length,
    payload: isWhole ? Buffer.from(texts.join(''), 'latin1') : undefined,
  };
}

/** Batches as text/csv: one line per bet, `bet_id,first_name,last_name,document,birthdate,number`. */
import { LINE_FEED } from '../../../../protocol/ascii';
import { MAX_BATCH_SIZE } from '../../../../protocol/limits';
import { CsvRecord, csvRecords } from './csv_records';
import { COLUMNS, GivenBatch, GivenBet } from './given_batch';

const CARRIAGE_RETURN = 0x0d;
const COMMA = ',';
const QUOTE = '"';
const BROKEN: GivenBet = { field: 'bet', rule: 'a field that begins with a quote ends with one' };

/**
 * Reads a batch. Lines end with LF or CRLF, which the last one may omit; there is no header line. A field that starts
 * with a quote is read as in RFC 4180; a quote anywhere else is an ordinary character.
 */
export function readCsvBatch(agency: number, body: Buffer): GivenBatch {
  return {
    ...(hasQuotedField(body) ? quotedBatch(agency, body) : plainBatch(agency, body)),
    bets: function* () {
      for (const record of csvRecords(body.toString('latin1'))) yield betOf(record);
    },
  };
}

/** A field as CSV: quoted if it starts with a quote. */
export function csvField(field: string): string {
  return field.startsWith(QUOTE) ? `"${field.replaceAll(QUOTE, '""')}"` : field;
}

function hasQuotedField(body: Buffer): boolean {
  return body.toString('latin1', 0, 1) === QUOTE || body.includes(',"') || body.includes('\n"');
}

function betOf({ columns, isBroken }: CsvRecord): GivenBet {
  return isBroken ? BROKEN : columns.map((column) => Buffer.from(column, 'latin1'));
}

/** Without quoted fields, each line is the text of a bet. */
function plainBatch(agency: number, body: Buffer): Omit<GivenBatch, 'bets'> {
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

/** The offsets of each line, without its line end. */
function* linesOf(body: Buffer): Generator<readonly [start: number, end: number], void> {
  for (let start = 0; start < body.length;) {
    const lineFeed = body.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? body.length : lineFeed;
    const hasReturn = lineFeed > start && body[lineFeed - 1] === CARRIAGE_RETURN;
    yield [start, hasReturn ? end - 1 : end];
    start = end + 1;
  }
}

/** With quoted fields, each bet is made of the fields without their quotes. */
function quotedBatch(agency: number, body: Buffer): Omit<GivenBatch, 'bets'> {
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

/** Reads CSV (RFC 4180) record by record, without empty lines, and of each record no more columns than needed to see that it is no bet. */
import { CARRIAGE_RETURN, LINE_FEED } from '../../../../protocol/ascii';
import { MAX_NAME_BYTES } from '../../../../protocol/limits';

const QUOTE = '"';
const QUOTE_CODE = QUOTE.charCodeAt(0);
/** One more than a bet has: enough to see that there are too many. */
const MAX_COLUMNS = 7;

/** A column with quotes in it is a name, which is far shorter, or none of a bet's. */
const MAX_QUOTED_LENGTH = 4 * MAX_NAME_BYTES;

/** One record. */
export interface CsvRecord {
  /** Its columns, one character per byte (latin1), without those after the seventh. */
  readonly columns: readonly string[];
  /** Whether a quoted column is not closed on its line, continues after its closing quote, or is longer than any name. */
  readonly isBroken: boolean;
}

/**
 * Reads records that end with LF or CRLF, which the last one may omit; empty lines are none. A column that starts with a quote is quoted; a
 * quote anywhere else is an ordinary character.
 *
 * @param text one character per byte (latin1)
 */
export function* csvRecords(text: string): Generator<CsvRecord, void> {
  const reader = new CsvReader(text);
  while (reader.hasMore) yield reader.next();
}

class CsvReader {
  readonly #text: string;
  #offset = 0;
  /** The next comma and line feed at or after the offset, cached so that each is searched for only once. */
  #comma = -1;
  #lineFeed = -1;
  #isBroken = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether there is another record; skips the empty lines before it. */
  get hasMore(): boolean {
    const text = this.#text;
    let offset = this.#offset;
    for (; offset < text.length; offset++) {
      const code = text.charCodeAt(offset);
      if (code === LINE_FEED) continue;
      if (code !== CARRIAGE_RETURN || text[offset + 1] !== '\n') break;
    }
    this.#offset = offset;
    return offset < text.length;
  }

  next(): CsvRecord {
    const columns: string[] = [];
    this.#isBroken = false;
    for (;;) {
      columns.push(this.#column());
      if (columns.length === MAX_COLUMNS) this.#offset = this.#nextLineFeed();
      const end = this.#text[this.#offset];
      this.#offset++;
      if (end !== ',') return { columns, isBroken: this.#isBroken };
    }
  }

  /** Reads a column, up to the comma, line feed or end of the text that follows it. */
  #column(): string {
    if (this.#text[this.#offset] !== QUOTE) return this.#plain();
    const quoted = this.#quoted();
    // Text between the closing quote and the next comma or line feed.
    if (this.#plain() !== '') this.#isBroken = true;
    return quoted;
  }

  #plain(): string {
    const start = this.#offset;
    const lineFeed = this.#nextLineFeed();
    this.#offset = Math.min(this.#nextComma(), lineFeed);
    const endsLine = this.#offset === lineFeed && lineFeed < this.#text.length;
    const hasReturn = endsLine && lineFeed > start && this.#text[lineFeed - 1] === '\r';
    return this.#text.slice(start, hasReturn ? lineFeed - 1 : this.#offset);
  }

  /**
   * Reads a quoted column, its closing quote included. A line break in it is none of a bet's: there it ends, unclosed, and
   * takes no other line with it.
   */
  #quoted(): string {
    const text = this.#text;
    const start = this.#offset + 1;
    const limit = this.#nextLineFeed();
    let hasQuotes = false;
    let end = start;
    // One by one: a search for each of a million quotes takes far longer.
    for (; end < limit; end++) {
      if (text.charCodeAt(end) !== QUOTE_CODE) continue;
      if (end + 1 === limit || text.charCodeAt(end + 1) !== QUOTE_CODE) break;
      hasQuotes = true;
      end++;
    }
    const isClosed = end < limit;
    if (!isClosed) this.#isBroken = true;
    this.#offset = isClosed ? end + 1 : end;
    const content = text.slice(start, end);
    if (!hasQuotes) return content;
    if (content.length <= MAX_QUOTED_LENGTH) return content.replaceAll('""', QUOTE);
    this.#isBroken = true;
    return content;
  }

  #nextComma(): number {
    if (this.#comma < this.#offset) this.#comma = endOf(this.#text, ',', this.#offset);
    return this.#comma;
  }

  #nextLineFeed(): number {
    if (this.#lineFeed < this.#offset) this.#lineFeed = endOf(this.#text, '\n', this.#offset);
    return this.#lineFeed;
  }
}

/** The offset of the next such character, or the end of the text. */
function endOf(text: string, character: string, start: number): number {
  const found = text.indexOf(character, start);
  return found < 0 ? text.length : found;
}

/** Reads CSV (RFC 4180) record by record, and of each record no more columns than needed to see that it is no bet. */

const QUOTE = '"';
/** One more than a bet has: enough to see that there are too many. */
const MAX_COLUMNS = 7;

/** One record. */
export interface CsvRecord {
  /** Its columns, one character per byte (latin1), without those after the seventh. */
  readonly columns: readonly string[];
  /** Whether a quoted column is not closed, or continues after its closing quote. */
  readonly isBroken: boolean;
}

/**
 * Reads records that end with LF or CRLF, which the last one may omit. A column that starts with a quote is quoted; a
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

  get hasMore(): boolean {
    return this.#offset < this.#text.length;
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

  /** Reads a quoted column, its closing quote included. */
  #quoted(): string {
    const start = this.#offset + 1;
    let hasQuotes = false;
    let end = this.#text.indexOf(QUOTE, start);
    while (end >= 0 && this.#text[end + 1] === QUOTE) {
      hasQuotes = true;
      end = this.#text.indexOf(QUOTE, end + 2);
    }
    if (end < 0) this.#isBroken = true;
    this.#offset = end < 0 ? this.#text.length : end + 1;
    const content = this.#text.slice(start, end < 0 ? undefined : end);
    return hasQuotes ? content.replaceAll('""', QUOTE) : content;
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

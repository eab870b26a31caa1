/** The longest row: far above any that could be sent, and a bound on a quote that is never closed. */
export const MAX_ROW_BYTES = 64 * 1024;

const QUOTE = '"';

/**
 * The rows of a file as long as no quote has come: each is a line, its columns joined with commas. What quotes mean
 * is for the parser of CSV, which takes over where the first stands.
 */
export class PlainRows {
  /** The beginning of a line. */
  #rest = '';

  /** What was taken and not given out. */
  get rest(): Buffer {
    return Buffer.from(this.#rest, 'latin1');
  }

  /**
   * Takes the next bytes.
   *
   * @returns the lines that are whole now, without their ends, a character for each byte (latin1); `undefined` when the
   *   parser must take over, with `rest`
   */
  take(bytes: Buffer): string[] | undefined {
    this.#rest += bytes.toString('latin1');
    if (this.#rest.includes(QUOTE)) return undefined;
    const lines = this.#rest.split('\n');
    const rest = lines.pop() ?? '';
    // What was there before is part of the first line; the others are no longer than a chunk.
    if ((lines[0] ?? rest).length > MAX_ROW_BYTES) return undefined;
    this.#rest = rest;
    for (const [index, line] of lines.entries()) if (line.endsWith('\r')) lines[index] = line.slice(0, -1);
    return lines;
  }
}

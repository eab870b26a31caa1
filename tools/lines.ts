/** Text that comes in pieces, line by line. */

/** A longer line is passed on in parts. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/** Splits chunks of text into lines. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  #rest = '';

  /** @param onLine called with each line, without its line break */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next piece. */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
    if (this.#rest.length < MAX_LINE_CHARACTERS) return;
    this.#onLine(this.#rest);
    this.#rest = '';
  }
}

/** The last line that is not empty; an empty text if there is none. */
export function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

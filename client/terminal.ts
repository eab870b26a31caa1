import { LogSink } from '../program/log_sink';

/** To the first column, and nothing behind it. */
const ERASE_LINE = '\r\u001b[K';

/** What is written to. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number;
}

const DEFAULT_COLUMNS = 80;

/** A terminal with a line at its bottom that changes. What else is written, log lines for example, goes above it, whole. */
export class Terminal implements LogSink {
  readonly #screen: Screen;
  readonly #output: Screen;
  #line: ((columns: number) => string) | undefined;

  /**
   * @param screen where the line is
   * @param output where the rest is written: the same terminal
   */
  constructor(screen: Screen, output: Screen = screen) {
    this.#screen = screen;
    this.#output = output;
  }

  /** Shows the line from now on; it is asked for anew whenever it is drawn. */
  show(line: (columns: number) => string): void {
    this.#line = line;
    this.draw();
  }

  /** Draws the line again. */
  draw(): void {
    if (this.#line !== undefined) this.#screen.write(ERASE_LINE + this.#text(this.#line));
  }

  /** Leaves the line as it is now; what is written later goes below it. */
  keep(): void {
    if (this.#line === undefined) return;
    this.#screen.write(`${ERASE_LINE}${this.#text(this.#line)}\n`);
    this.#line = undefined;
  }

  /** @param text with its line end */
  write(text: string): void {
    if (this.#line !== undefined) this.#screen.write(ERASE_LINE);
    this.#output.write(text);
    this.draw();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #text(line: (columns: number) => string): string {
    return line(this.#screen.columns ?? DEFAULT_COLUMNS);
  }
}

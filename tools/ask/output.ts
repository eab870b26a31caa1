import type { LineOutput } from '../line_output';
import { shownBytes, shownText } from './shown_text';

/**
 * Where answers go. On a terminal nothing that a server has sent does more than show itself; a pipe or a file gets every
 * byte as it is.
 */
export class ConsoleOutput {
  readonly #lines: LineOutput;
  readonly #isTerminal: boolean;

  constructor(lines: LineOutput, isTerminal: boolean) {
    this.#lines = lines;
    this.#isTerminal = isTerminal;
  }

  /** Whether nobody reads any more, or the program is to stop. */
  get isOver(): boolean {
    return this.#lines.isOver;
  }

  /** Writes a text and a line feed. */
  async line(text: string): Promise<void> {
    await this.#lines.write(`${this.#isTerminal ? shownText(text) : text}\n`);
  }

  /** Writes bytes of any kind and a line feed. */
  async value(bytes: Buffer): Promise<void> {
    if (this.#isTerminal) await this.#lines.write(`${shownBytes(bytes)}\n`);
    else if (await this.#lines.write(bytes)) await this.#lines.write('\n');
  }
}

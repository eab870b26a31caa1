import type { LineOutput } from '../line_output';
import type { ApiAnswer } from './api/api_client';
import { shownBytes, shownText } from './shown_text';

const LINE_FEED = 0x0a;

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

  /** Writes what a server has answered: what is a text anyway ends with one line feed, anything else with one more. */
  async answer({ headers, body }: ApiAnswer): Promise<void> {
    const isValue = headers['content-type'] === 'application/octet-stream';
    await this.value(!isValue && body.at(-1) === LINE_FEED ? body.subarray(0, -1) : body);
  }

  /** Writes bytes of any kind and a line feed. */
  async value(bytes: Buffer): Promise<void> {
    if (this.#isTerminal) await this.#lines.write(`${shownBytes(bytes)}\n`);
    else if (await this.#lines.write(bytes)) await this.#lines.write('\n');
  }
}

import { createInterface, Interface } from 'node:readline/promises';

import type { CommandInput } from './command_input';

/** So many lines can be called back with the arrow keys. */
const HISTORY_LINES = 500;

/** Whole words, and the part of the line that they replace. */
export type Completions = [words: string[], part: string];

/** What a person at a terminal can do beside writing lines. */
export interface TerminalHelp {
  /** What the Tab key offers for a line that has been begun. */
  readonly complete: (line: string) => Promise<Completions>;
  /** Called for Ctrl-C. */
  readonly onInterrupt: () => void;
}

/** Commands from a person at a terminal, who has a history, completion and a line to edit. */
export class TerminalInput implements CommandInput {
  readonly isTerminal = true;
  readonly #interface: Interface;
  readonly #lines: AsyncIterator<string>;
  readonly #output: NodeJS.WritableStream;
  readonly #onInterrupt: () => void;
  #isWaiting = false;
  #isClosed = false;

  /** @param input a terminal, or what stands for one: its keys come from there one by one */
  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, help: TerminalHelp) {
    this.#output = output;
    this.#onInterrupt = help.onInterrupt;
    this.#interface = createInterface({
      input,
      output,
      terminal: true,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      // What the server cannot be asked for now is not offered.
      completer: (line: string) => help.complete(line).catch((): Completions => [[], line]),
    });
    this.#interface.on('close', () => (this.#isClosed = true));
    this.#interface.on('SIGINT', () => this.#interrupt());
    // From here on, so that lines that are written ahead are kept.
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  async next(prompt: string): Promise<string | undefined> {
    if (this.#isClosed) return undefined;
    this.#interface.setPrompt(prompt);
    this.#interface.prompt();
    this.#isWaiting = true;
    const step = await this.#lines.next();
    this.#isWaiting = false;
    if (step.done !== true) return step.value;
    // The prompt stands in an unfinished line.
    this.#output.write('\n');
    return undefined;
  }

  close(): void {
    if (!this.#isClosed) this.#interface.close();
  }

  /** What was written of a line is forgotten. */
  #interrupt(): void {
    if (this.#isWaiting) {
      this.#interface.write(null, { ctrl: true, name: 'e' });
      this.#interface.write(null, { ctrl: true, name: 'u' });
    }
    this.#onInterrupt();
    if (this.#isWaiting && !this.#isClosed) this.#interface.prompt();
  }
}

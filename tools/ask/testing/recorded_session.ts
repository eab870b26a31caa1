/** A session whose words are kept. */
import { PassThrough } from 'node:stream';

import { LineOutput } from '../../line_output';
import type { ApiClient } from '../api/api_client';
import { completionsOf } from '../completion';
import type { CommandInput } from '../input/command_input';
import { PipedInput } from '../input/piped_input';
import { TerminalInput } from '../input/terminal_input';
import { listNotes, NoteNames } from '../note_names';
import { ConsoleOutput } from '../output';
import { Session, SessionSetting } from '../session';

/** What a session works with, beside what is recorded. */
export interface RecordedSetting {
  readonly api: ApiClient;
  readonly owner?: number;
  readonly readLog?: SessionSetting['readLog'];
}

/** What a session has said. */
export class RecordedSession {
  /** What is written there arrives as keys at a terminal, or as lines in a pipe. */
  readonly input = new PassThrough();
  readonly #output = new PassThrough();
  readonly #end = new AbortController();
  readonly #session: Session;
  #said = '';
  #answered = '';
  #awaited: { readonly pattern: RegExp; readonly found: () => void } | undefined;

  constructor({ api, owner = 0, readLog }: RecordedSetting, isTerminal: boolean) {
    this.#output.on('data', (bytes: Buffer) => {
      this.#answered += bytes.toString();
      this.#look();
    });
    const noteNames = new NoteNames(() => listNotes(api, owner, this.#end.signal));
    this.#session = new Session({
      api,
      owner,
      input: this.#openInput(noteNames, isTerminal),
      output: new ConsoleOutput(new LineOutput(this.#output, this.#end.signal), isTerminal),
      noteNames,
      readLog,
      showProgress: () => () => undefined,
      say: (line) => {
        this.#said += `${line}\n`;
        this.#look();
      },
      end: this.#end.signal,
    });
  }

  /** What went to standard error. */
  get said(): string {
    return this.#said;
  }

  /** What went to standard output; at a terminal also prompts, and keys as they are shown. */
  get answered(): string {
    return this.#answered;
  }

  /** Runs it to its end. @returns whether all went well */
  run(clients?: number): Promise<boolean> {
    return this.#session.run(clients);
  }

  /** Ends it, as SIGTERM does. */
  end(): void {
    this.#end.abort();
  }

  /** Waits until what was answered or said since the last such wait matches, and forgets it. */
  async until(pattern: RegExp): Promise<void> {
    await new Promise<void>((found) => {
      this.#awaited = { pattern, found };
      this.#look();
    });
    this.#said = '';
    this.#answered = '';
  }

  #openInput(noteNames: NoteNames, isTerminal: boolean): CommandInput {
    if (!isTerminal) return new PipedInput(this.input);
    return new TerminalInput(this.input, this.#output, {
      complete: (line) => completionsOf(line, () => noteNames.all()),
      onInterrupt: () => this.#session.interrupt(),
    });
  }

  #look(): void {
    if (this.#awaited?.pattern.test(this.#answered + this.#said) === true) {
      const { found } = this.#awaited;
      this.#awaited = undefined;
      found();
    }
  }
}

/** Runs a session on the lines of a pipe. */
export async function runLines(
  setting: RecordedSetting,
  lines: readonly string[],
): Promise<{
  readonly isWell: boolean;
  readonly said: string;
  readonly answered: string;
}> {
  const session = new RecordedSession(setting, false);
  session.input.end(lines.join('\n'));
  const isWell = await session.run();
  return { isWell, said: session.said, answered: session.answered };
}

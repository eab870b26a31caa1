import { OperationError, oneLine } from '../../program/exit';
import type { ApiClient } from './api/api_client';
import { MAX_CLIENTS } from './clients/play';
import { commandOf, EXIT, runCommand } from './commands/all_commands';
import { runClients } from './commands/clients_command';
import { CommandContext, numberOf } from './commands/command';
import type { CommandInput } from './input/command_input';
import { splitWords } from './input/words';
import type { NoteNames } from './note_names';
import type { ConsoleOutput } from './output';
import { shownLine } from './shown_text';

const PROMPT = 'lottery> ';
const CLIENTS_QUESTION = `how many clients are to play, 0 to ${MAX_CLIENTS} (0 for none)? `;

/** What a session works with. */
export interface SessionSetting {
  readonly api: ApiClient;
  /** Whose notes are meant by keys without a path. */
  readonly owner: number;
  readonly input: CommandInput;
  readonly output: ConsoleOutput;
  readonly noteNames: NoteNames;
  readonly readLog: CommandContext['readLog'];
  readonly showProgress: CommandContext['showProgress'];
  /** Tells a person what has failed, and other remarks; a line without its line feed. */
  readonly say: (line: string) => void;
  /** Aborted to end the session. */
  readonly end: AbortSignal;
}

/** Takes commands, one after the other, and carries them out. */
export class Session {
  readonly #setting: SessionSetting;
  readonly #end = new AbortController();
  #command: AbortController | undefined;
  #isInterrupted = false;
  #hasFailed = false;
  #lineNumber = 0;

  constructor(setting: SessionSetting) {
    this.#setting = setting;
    const { end } = setting;
    if (end.aborted) this.#endNow();
    end.addEventListener('abort', () => this.#endNow());
  }

  /**
   * Goes on until `exit`, the end of the input, or the end that the setting names.
   *
   * @param clients how many clients play before the first command; `undefined` to ask a person for it
   * @returns whether all commands of a pipe went well; a person has seen what did not
   */
  async run(clients: number | undefined): Promise<boolean> {
    const { input, output } = this.#setting;
    if (clients !== undefined) await this.#attempt((context) => runClients(clients, context));
    else if (input.isTerminal && (await this.#askForClients())) return true;
    while (!this.#end.signal.aborted && !output.isOver) {
      if (await this.#takeCommand()) break;
    }
    if (output.isOver && !this.#end.signal.aborted) this.#hasFailed = true;
    return input.isTerminal || !this.#hasFailed;
  }

  /** Ctrl-C: ends the command that is carried out; the second time without a line in between, the session. */
  interrupt(): void {
    if (this.#isInterrupted) return this.#endNow();
    this.#isInterrupted = true;
    if (this.#command === undefined) this.#setting.say('\nCtrl-C again, or exit, ends the console');
    else this.#command.abort();
  }

  #endNow(): void {
    this.#end.abort();
    this.#command?.abort();
    this.#setting.input.close();
  }

  /** @returns whether the session is to end */
  async #askForClients(): Promise<boolean> {
    for (;;) {
      const line = await this.#nextLine(CLIENTS_QUESTION);
      if (line === undefined || line.trim() === EXIT) return true;
      let clients: number;
      try {
        clients = numberOf('the number of clients', line.trim() || '0', 0, MAX_CLIENTS);
      } catch (error) {
        this.#tellFailure(error);
        continue;
      }
      if (clients > 0) await this.#attempt((context) => runClients(clients, context));
      return false;
    }
  }

  /** @returns whether the session is to end */
  async #takeCommand(): Promise<boolean> {
    let words: readonly string[];
    try {
      const line = await this.#nextLine(PROMPT);
      if (line === undefined) return true;
      if (line.trimStart().startsWith('#')) return false;
      words = splitWords(line);
    } catch (error) {
      this.#tellFailure(error);
      return false;
    }
    const [name, ...rest] = words;
    if (name === undefined) return false;
    if (name === EXIT && rest.length === 0) return true;
    await this.#attempt((context) => runCommand(commandOf(name), rest, context));
    return false;
  }

  async #nextLine(prompt: string): Promise<string | undefined> {
    this.#lineNumber++;
    const line = await this.#setting.input.next(prompt);
    this.#isInterrupted = false;
    return line;
  }

  async #attempt(run: (context: CommandContext) => void | Promise<void>): Promise<void> {
    const command = new AbortController();
    this.#command = command;
    try {
      await run(this.#contextFor(command.signal));
    } catch (error) {
      this.#tellFailure(error);
    } finally {
      this.#command = undefined;
    }
  }

  #contextFor(stop: AbortSignal): CommandContext {
    const { api, owner, output, noteNames, readLog, showProgress, input } = this.#setting;
    const confirm = async (question: string): Promise<boolean> =>
      !input.isTerminal || /^(y|yes)$/i.test(((await this.#nextLine(question)) ?? '').trim());
    return { api, owner, output, noteNames, readLog, showProgress, confirm, stop, end: this.#end.signal };
  }

  /** @throws what is no failure of a command, but a mistake in this program */
  #tellFailure(error: unknown): void {
    if (!(error instanceof OperationError)) throw error;
    // What ends it is told by who ends it.
    if (this.#end.signal.aborted) return;
    this.#hasFailed = true;
    const place =
      this.#setting.input.isTerminal || this.#lineNumber === 0 ? '' : `line ${this.#lineNumber}: `;
    this.#setting.say(`${place}${shownLine(oneLine(error))}`);
  }
}

/** Consoles under test, as processes. */
import { Program, Stage } from './programs';

/** The console, from dist/. */
export const ASK = 'tools/ask/main.js';

/** How a console has ended, and what it has said. */
export interface AskedConsole {
  readonly exit: number | string;
  readonly output: string;
  readonly errors: string;
}

/** Consoles, and the servers that they ask. */
export class ConsoleStage extends Stage {
  /** Starts a console; its commands are written to it. */
  startConsole(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
    return this.run(ASK, environment, words, 'piped');
  }

  /** Runs a console on some commands, to its end. */
  async ask(
    words: readonly string[],
    commands: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<AskedConsole> {
    const program = this.startConsole(words, environment);
    program.write(commands.map((command) => `${command}\n`).join(''));
    program.endInput();
    const exit = await program.exit;
    return { exit, output: program.output, errors: program.errors };
  }
}

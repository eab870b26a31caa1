/** Every command of the console. */
import { OperationError } from '../../../program/exit';
import { closestOf } from '../../../program/misspelling';
import { AGENCY_COMMAND, BATCH_COMMAND, BET, FINISH } from './bet_commands';
import { CLIENTS } from './clients_command';
import type { Command, CommandContext } from './command';
import { DRAW_COMMAND, LOG, WINNERS_COMMAND } from './draw_commands';
import { DELETE, GET, SET } from './note_commands';

/** The command that ends the console; the session carries it out. */
export const EXIT = 'exit';

const HELP: Command = {
  name: 'help',
  usage: '[COMMAND]',
  summary: 'all commands, or how one is used',
  details: '',
  firstWord: 'command',
  argumentCount: [0, 1],
  run: ([name], { output }) => output.line(name === undefined ? overview() : helpOn(commandOf(name))),
};

const EXIT_COMMAND: Command = {
  name: EXIT,
  usage: '',
  summary: "ends the console, and its own server; so does the input's end",
  details: '',
  argumentCount: [0, 0],
  run: () => Promise.resolve(),
};

/** In the order in which `help` tells of them. */
export const COMMANDS: readonly Command[] = [
  HELP,
  SET,
  GET,
  DELETE,
  BET,
  BATCH_COMMAND,
  AGENCY_COMMAND,
  FINISH,
  WINNERS_COMMAND,
  DRAW_COMMAND,
  LOG,
  CLIENTS,
  EXIT_COMMAND,
];

/** A command by its name. @throws OperationError for an unknown one, with the one that may be meant */
export function commandOf(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found !== undefined) return found;
  const meant = closestOf(
    name,
    COMMANDS.map((command) => command.name),
  );
  const guess = meant === undefined ? '' : `; ${meant} may be meant`;
  throw new OperationError(
    `there is no command ${JSON.stringify(name.slice(0, 40))}${guess}; help lists them`,
  );
}

/** Carries a command out. @throws OperationError when it fails, or has too many or too few arguments */
export async function runCommand(
  command: Command,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const [least, most] = command.argumentCount;
  if (words.length < least || words.length > most) {
    const hint = words.length > most ? '; what has blanks in it stands in quotes' : '';
    throw new OperationError(`usage: ${usageOf(command)}${hint}`);
  }
  await command.run(words, context);
}

function usageOf({ name, usage }: Command): string {
  return usage === '' ? name : `${name} ${usage}`;
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => usageOf(command).length));
  const lines = COMMANDS.map((command) => `${usageOf(command).padEnd(width)}   ${command.summary}`);
  return [
    ...lines,
    '',
    'A KEY is the name of a note, or a path of the API, which begins with /. help COMMAND tells more.',
  ].join('\n');
}

function helpOn(command: Command): string {
  const { summary, details } = command;
  return `${usageOf(command)}\n${summary}${details === '' ? '' : `\n${details}`}`;
}

import { EXIT_DONE, EXIT_FAILED, OperationError } from '../../program/exit';
import { LOTTERY_OWNER } from '../../server/ledger/note';
import type { LineOutput } from '../line_output';
import { ApiClient } from './api/api_client';
import type { AskPlan } from './arguments';
import { showProgress } from './clients/progress';
import { completionsOf } from './completion';
import type { CommandInput } from './input/command_input';
import { PipedInput } from './input/piped_input';
import { Completions, TerminalInput } from './input/terminal_input';
import { listNotes, NoteNames } from './note_names';
import { holdingOf, holdingText } from './opening';
import { ConsoleOutput } from './output';
import { lastLines } from './own_log';
import { OwnServer } from './own_server';
import { Session } from './session';

/** The folders of the console, relative to the current folder or absolute, as they are shown to the operator. */
export interface ConsoleFolders {
  /** The compiled code of the project. */
  readonly compiled: string;
  /** That of the console's own server. */
  readonly own: string;
}

/**
 * Runs the console: with a server of its own, or joined to one.
 *
 * @param lines where answers go; remarks and failures go to standard error
 * @param stop aborted to end everything within a second
 * @returns the exit code
 * @throws OperationError when there is no server to ask, or it was lost
 */
export async function runConsole(
  plan: AskPlan,
  folders: ConsoleFolders,
  lines: LineOutput,
  stop: AbortSignal,
): Promise<number> {
  const server = plan.at === undefined ? new OwnServer(folders.compiled, folders.own) : undefined;
  try {
    const isStarted = await until(stop, server?.url());
    if (stop.aborted) return EXIT_DONE;
    const api = new ApiClient({ url: plan.at ?? isStarted!, token: plan.token, tls: plan.tls });
    const isWell = await converse({ plan, api, server, folder: folders.own, lines, stop });
    if (server?.lost.aborted === true) throw server.failure();
    return isWell ? EXIT_DONE : EXIT_FAILED;
  } finally {
    await server?.stop(stop.aborted);
  }
}

interface Conversation {
  readonly plan: AskPlan;
  readonly api: ApiClient;
  readonly server: OwnServer | undefined;
  /** That of the console's own server. */
  readonly folder: string;
  readonly lines: LineOutput;
  readonly stop: AbortSignal;
}

/** @returns whether all commands of a pipe went well */
async function converse({ plan, api, server, folder, lines, stop }: Conversation): Promise<boolean> {
  const end = server === undefined ? stop : AbortSignal.any([stop, server.lost]);
  const owner = plan.agency ?? LOTTERY_OWNER;
  const noteNames = new NoteNames(() => listNotes(api, owner, end));
  await open({ api, server, folder, noteNames, end });
  let session: Session | undefined;
  const input = openInput(noteNames, () => session?.interrupt());
  try {
    session = new Session({
      api,
      owner,
      input,
      output: new ConsoleOutput(lines, process.stdout.isTTY),
      noteNames,
      readLog: server === undefined ? undefined : (count) => lastLines(folder, count),
      showProgress: (text) => showProgress(text, process.stderr),
      say,
      end,
    });
    return await session.run(plan.clients);
  } finally {
    input.close();
  }
}

interface Opening extends Pick<Conversation, 'api' | 'server' | 'folder'> {
  readonly noteNames: NoteNames;
  readonly end: AbortSignal;
}

/** Tells which server it is and what it holds. @throws NoAnswer when it cannot be reached */
async function open({ api, server, folder, noteNames, end }: Opening): Promise<void> {
  const holding = await holdingOf(api, end);
  // An agency's notes may be closed to who asks; the first command that needs them says so.
  const names = await noteNames.all().catch((error: unknown) => {
    if (error instanceof OperationError) return undefined;
    throw error;
  });
  const what = holding === undefined ? 'it does not tell what it holds' : holdingText(holding, names?.length);
  if (server === undefined) {
    say(`joined ${api.address}: ${what}`);
    return;
  }
  const which = server.isFoundAgain ? 'the ledger in' : 'a new ledger in';
  say(
    `a server at ${api.address}/ on ${which} ${folder}${server.isFoundAgain ? `, found again: ${what}` : ''}`,
  );
  if (holding?.isDecided === true) say(`remove ${folder} to begin a new lottery`);
}

function openInput(noteNames: NoteNames, onInterrupt: () => void): CommandInput {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return new PipedInput(process.stdin);
  const complete = (line: string): Promise<Completions> => completionsOf(line, () => noteNames.all());
  say('help lists the commands');
  return new TerminalInput(process.stdin, process.stdout, { complete, onInterrupt });
}

/** Waits for a value, or until it is to stop: `undefined` then. */
async function until<Value>(
  stop: AbortSignal,
  value: Promise<Value> | undefined,
): Promise<Value | undefined> {
  if (stop.aborted) return undefined;
  return new Promise((resolve, reject) => {
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
    if (value === undefined) resolve(undefined);
    else value.then(resolve, reject);
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { SYSTEM_CLOCK } from '../../program/clock';
import { EXIT_DONE, EXIT_FAILED, oneLine } from '../../program/exit';
import { grouped } from '../table';
import { StartCommand } from './arguments';
import { DataFile, FoundFiles, findDataFiles, makeDataFiles } from './data_files';
import { RunEnd, RunResult, runLottery, StayingServer } from './run';
import { makeProofs, Proofs } from './proofs';
import { makeRunFolder, removeOldRuns } from './run_folder';
import { watchOn } from './screen';
import { requireSqlite } from '../sqlite_check';
import { endText, failureLines, summary } from './summary';
import { againText, verifyRun } from './verification';

/** The folders of a lottery, relative to the current folder or absolute, as they are shown to the operator. */
export interface Folders {
  /** The compiled code of the project. */
  readonly compiled: string;
  /** The agencies' files. */
  readonly data: string;
  /** The folders of the runs. */
  readonly runs: string;
  /** The verifier's program. */
  readonly verifier: string;
}

/**
 * Runs a lottery in a new folder: progress goes to standard error, the result to standard output.
 *
 * @param stop aborted to end everything within a second
 * @returns the exit code: 1 when an agency has not come to its winners, unless the run was stopped before
 * @throws OperationError when the files cannot be had or the server has failed
 */
export async function startLottery(
  folders: Folders,
  command: StartCommand,
  stop: AbortSignal,
): Promise<number> {
  requireSqlite();
  const { agencies, bets, stays, isProved } = command;
  const found =
    bets === undefined
      ? await findDataFiles(folders.data, agencies)
      : { files: [], missing: Array.from({ length: agencies }, (_, index) => index + 1) };
  const runFolder = await makeRunFolder(folders.runs);
  await removeOldRuns(folders.runs).catch((error: unknown) => say(oneLine(error)));
  const who = agencies === 1 ? '1 agency' : `${agencies} agencies`;
  say(`a server and ${who}; the logs lie in ${runFolder}`);
  const files = await allFiles(folders, command, found, runFolder, stop);
  if (files === undefined) {
    say(`stopped by ${String(stop.reason)} while bets were being made; nothing was sent`);
    return EXIT_DONE;
  }
  const plan = {
    compiledFolder: folders.compiled,
    runFolder,
    files,
    stays,
    hasDeadline: Boolean(process.env['DRAW_DEADLINE']),
    proofs: isProved ? await proofsOf(runFolder, files) : undefined,
  };
  const watchers = {
    watch: watchOn(process.stderr, stays),
    tell: (result: RunResult, server: StayingServer | undefined): void => {
      process.stdout.write(
        summary(result, { runFolder, columns: terminalColumns(), isLong: bets !== undefined }),
      );
      for (const line of failureLines(result)) say(line);
      if (server === undefined) return;
      const page = server.page === undefined ? '' : `, its page is ${server.page}`;
      say(`the server stays at ${server.address}${page}; Ctrl-C ends it`);
    },
  };
  const code = exitCode(await runLottery(plan, SYSTEM_CLOCK, watchers, stop), runFolder, stop);
  const { proofs } = plan;
  if (proofs === undefined || code !== EXIT_DONE || stop.aborted) return code;
  const verified = { verifier: folders.verifier, runFolder, files, policyFile: proofs.policyFile };
  const isRight = await verifyRun(verified, (text) => process.stdout.write(text), stop);
  process.stdout.write(againText(verified));
  return isRight ? EXIT_DONE : EXIT_FAILED;
}

async function proofsOf(runFolder: string, files: readonly DataFile[]): Promise<Proofs> {
  const rowsBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const proofs = await makeProofs(runFolder, rowsBytes);
  const at = new Date(proofs.numberAtMs).toLocaleTimeString();
  say(`the number follows from the sealed sale and a round of a beacon of this run, which is due at ${at}`);
  return proofs;
}

/** The last words of a run. @throws what the server has failed with */
function exitCode({ result, isTold, failure }: RunEnd, runFolder: string, stop: AbortSignal): number {
  if (failure !== undefined) {
    if (!isTold) say(endText(result, runFolder));
    throw failure as Error;
  }
  if (stop.aborted)
    say(
      `stopped by ${String(stop.reason)}${isTold ? '' : ' before the draw'}; ${endText(result, runFolder)}`,
    );
  const isComplete = result.agencies.every(({ winners }) => winners !== undefined);
  return isComplete || !isTold ? EXIT_DONE : EXIT_FAILED;
}

/** The files of all agencies, ascending; `undefined` when it was stopped while it made some. */
async function allFiles(
  { data }: Folders,
  { agencies, bets }: StartCommand,
  { files, missing }: FoundFiles,
  runFolder: string,
  stop: AbortSignal,
): Promise<DataFile[] | undefined> {
  if (missing.length === 0) return [...files];
  const folder = join(runFolder, 'data');
  say(`${whatIsMade(bets, data, missing)} in ${folder} …`);
  try {
    const plan = { folder, agencies, bets, of: missing };
    const made = await makeDataFiles(plan, process.env['LOTTERY_WINNER_NUMBER'], stop);
    return [...files, ...made].sort((one, other) => one.agency - other.agency);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (stop.aborted) return undefined;
    throw error;
  }
}

function whatIsMade(bets: number | undefined, data: string, missing: readonly number[]): string {
  if (bets !== undefined) return `making ${grouped(bets)} bets`;
  const [first] = missing;
  const others = missing.length === 1 ? 'is' : `and ${missing.length - 1} more are`;
  return `agency-${first!}.csv ${others} not in ${data}: making ${missing.length === 1 ? 'it' : 'them'}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

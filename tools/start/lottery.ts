import { SYSTEM_CLOCK } from '../../program/clock';
import { EXIT_DONE, oneLine } from '../../program/exit';
import { findDataFiles } from './data_files';
import { runLottery } from './run';
import { makeRunFolder, removeOldRuns } from './run_folder';
import { watchOn } from './screen';
import { summary } from './summary';

/** The folders of a lottery, relative to the current folder or absolute, as they are shown to the operator. */
export interface Folders {
  /** The compiled code of the project. */
  readonly compiled: string;
  /** The agencies' files. */
  readonly data: string;
  /** The folders of the runs. */
  readonly runs: string;
}

/**
 * Runs a lottery in a new folder: progress goes to standard error, the result to standard output.
 *
 * @param stop aborted to end everything within a second
 * @returns the exit code
 * @throws ConfigurationError when an agency has no file; OperationError when a program has failed
 */
export async function startLottery(folders: Folders, agencies: number, stop: AbortSignal): Promise<number> {
  const files = await findDataFiles(folders.data, agencies);
  const runFolder = await makeRunFolder(folders.runs);
  await removeOldRuns(folders.runs).catch((error: unknown) => process.stderr.write(`${oneLine(error)}\n`));
  const who = agencies === 1 ? '1 agency' : `${agencies} agencies`;
  process.stderr.write(`a server and ${who}; the logs lie in ${runFolder}\n`);
  const plan = { compiledFolder: folders.compiled, runFolder, files };
  const result = await runLottery(plan, SYSTEM_CLOCK, watchOn(process.stderr), stop);
  if (result === undefined) process.stderr.write(`stopped by ${String(stop.reason)}\n`);
  else process.stdout.write(summary(result, runFolder, terminalColumns()));
  return EXIT_DONE;
}

function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

/** The folder of a run: `.run/20250131-235959-4711`, named after the time and the process that created it. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../program/exit';
import { PRIVATE_FOLDER } from '../../program/folders';

/** How many folders are kept, the newest ones. */
export const KEPT_RUNS = 5;

const NAME = /^[0-9]{8}-[0-9]{6}-([0-9]{1,10})$/;

/** The name of the folder of a run that begins at this moment, in local time. */
export function runName(moment: Date, processId: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${moment.getFullYear()}${two(moment.getMonth() + 1)}${two(moment.getDate())}`;
  const time = `${two(moment.getHours())}${two(moment.getMinutes())}${two(moment.getSeconds())}`;
  return `${day}-${time}-${processId}`;
}

/**
 * Makes the folder of this run, for its owner alone.
 *
 * @param runsFolder the parent of the folders of all runs; created if it is missing
 * @returns the folder's path
 * @throws OperationError when it cannot be made
 */
export async function makeRunFolder(runsFolder: string): Promise<string> {
  const folder = join(runsFolder, runName(new Date(), process.pid));
  try {
    await mkdir(runsFolder, { recursive: true });
    await mkdir(folder, { mode: PRIVATE_FOLDER });
    return folder;
  } catch (error) {
    throw new OperationError(`the folder of this run cannot be made: ${oneLine(error)}`);
  }
}

/**
 * The names to remove: folders of runs other than the {@link KEPT_RUNS} newest, unless the process that created them
 * still runs. Names that are not of a run are kept.
 */
export function namesToRemove(
  names: readonly string[],
  isRunning: (processId: number) => boolean,
): readonly string[] {
  const runs = names.filter((name) => NAME.test(name)).sort();
  return runs
    .slice(0, Math.max(runs.length - KEPT_RUNS, 0))
    .filter((name) => !isRunning(Number(NAME.exec(name)?.[1])));
}

/**
 * Removes the folders of old runs (see {@link namesToRemove}).
 *
 * @throws OperationError when one cannot be removed
 */
export async function removeOldRuns(runsFolder: string): Promise<void> {
  try {
    const entries = await readdir(runsFolder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of namesToRemove(names, isProcessRunning)) {
      await rm(join(runsFolder, name), { recursive: true, force: true });
    }
  } catch (error) {
    throw new OperationError(`old runs cannot be removed: ${oneLine(error)}`);
  }
}

function isProcessRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    // Another user's process must not be signalled, but it exists.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

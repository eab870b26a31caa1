/** The places of the agencies' files: what is there, and whether a file can be put there. */
import { constants } from 'node:fs';
import { access, mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../program/exit';

/** What there is where a file is to be. */
export type PlaceState = 'file' | 'nothing' | 'empty folder';

/** The name of an agency's file in its folder. */
export function agencyFileName(agency: number): string {
  return `agency-${agency}.csv`;
}

/**
 * Looks what there is at the path of a file. Docker makes an empty folder where a file to be mounted is missing.
 *
 * @throws OperationError, which names the path, for anything else than a file, an empty folder or nothing
 */
export async function placeState(path: string): Promise<PlaceState> {
  try {
    const found = await stat(path);
    if (found.isFile()) return 'file';
    if (!found.isDirectory()) throw new OperationError(`${path} is not a file`);
    if ((await readdir(path)).length === 0) return 'empty folder';
    throw new OperationError(`${path} is a folder that is not empty, not a file`);
  } catch (error) {
    if (error instanceof OperationError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nothing';
    throw new OperationError(`${path} cannot be looked at: ${oneLine(error)}`);
  }
}

/**
 * Makes sure that each of these agencies' files can be written into the folder, which is created if it is missing;
 * empty folders in the places of files are removed. Nothing is removed before everything has been looked at.
 *
 * @returns the agencies that have a file already
 * @throws OperationError when one of the files cannot be written; no file was touched
 */
export async function preparePlaces(folder: string, agencies: readonly number[]): Promise<Set<number>> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OperationError(`${folder} cannot be written to: ${oneLine(error)}`);
  }
  const withFile = new Set<number>();
  const emptyFolders: string[] = [];
  for (const agency of agencies) {
    const path = join(folder, agencyFileName(agency));
    const state = await placeState(path).catch((error: unknown) => {
      throw new OperationError(`${oneLine(error)}; no file was written`);
    });
    if (state === 'file') withFile.add(agency);
    if (state === 'empty folder') emptyFolders.push(path);
  }
  for (const path of emptyFolders) await removeFolder(path);
  return withFile;
}

async function removeFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    throw new OperationError(
      `${path} is an empty folder that cannot be removed: ${oneLine(error)}; no file was written`,
    );
  }
}

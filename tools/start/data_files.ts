/** The agencies' files: looked for before anything is started, and made for the run where there are none. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { MAX_NUMBER } from '../../protocol/limits';
import { AgencyFile, writeAgencyFiles } from '../data/agency_files';
import { agencyFileName, placeState } from '../data/agency_places';
import { DEFAULT_PLAN } from '../data/arguments';

/** The bets of an agency. */
export interface DataFile {
  /** From 1 on. */
  readonly agency: number;
  readonly path: string;
  readonly sizeBytes: number;
}

/** What there is of the agencies' files. */
export interface FoundFiles {
  readonly files: readonly DataFile[];
  /** The agencies without one, ascending. */
  readonly missing: readonly number[];
}

/** Which files are made for a run. */
export interface MadeFiles {
  /** The folder they are made in. */
  readonly folder: string;
  /** How many agencies take part. */
  readonly agencies: number;
  /** How many bets all agencies would have together; `undefined` for as many as those of the committed files. */
  readonly bets: number | undefined;
  /** The agencies whose files are made. */
  readonly of: readonly number[];
}

/**
 * Looks for the files `agency-1.csv` to `agency-N.csv`.
 *
 * @throws OperationError when something else has the name of one of them
 */
export async function findDataFiles(folder: string, agencies: number): Promise<FoundFiles> {
  const files: DataFile[] = [];
  const missing: number[] = [];
  for (let agency = 1; agency <= agencies; agency++) {
    const path = join(folder, agencyFileName(agency));
    if ((await placeState(path)) === 'file') files.push(await dataFile(agency, path));
    else missing.push(agency);
  }
  return { files, missing };
}

/**
 * Makes files, with some winners in each for the number that wins.
 *
 * @param winnerNumber as it is set in the environment; the committed files' own where it is no number of a bet
 * @throws the file system's error; an AbortError when `stop` is aborted
 */
export async function makeDataFiles(
  { folder, agencies, bets, of }: MadeFiles,
  winnerNumber: string | undefined,
  stop: AbortSignal,
): Promise<DataFile[]> {
  const plan = {
    ...DEFAULT_PLAN,
    agencies,
    bets: bets ?? DEFAULT_PLAN.bets,
    out: folder,
    winnerNumber: numberOfBet(winnerNumber) ?? DEFAULT_PLAN.winnerNumber,
  };
  const made = await writeAgencyFiles(plan, stop, of);
  return Promise.all(made.map(({ name }: AgencyFile, index) => dataFile(of[index]!, join(folder, name))));
}

async function dataFile(agency: number, path: string): Promise<DataFile> {
  return { agency, path, sizeBytes: (await stat(path)).size };
}

/** The server says what is wrong with another text. */
function numberOfBet(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,4}$/.test(text)) return undefined;
  return Math.min(Number(text), MAX_NUMBER);
}

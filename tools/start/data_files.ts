/** The agencies' files, checked before anything is started. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';

/** The bets of an agency. */
export interface DataFile {
  /** From 1 on. */
  readonly agency: number;
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Finds the files `agency-1.csv` to `agency-N.csv`.
 *
 * @throws ConfigurationError when one of them is missing; it says how to make them
 */
export async function findDataFiles(folder: string, agencies: number): Promise<DataFile[]> {
  const found: DataFile[] = [];
  const missing: number[] = [];
  for (let agency = 1; agency <= agencies; agency++) {
    const path = join(folder, `agency-${agency}.csv`);
    const file = await stat(path).catch(() => undefined);
    if (file?.isFile() === true) found.push({ agency, path, sizeBytes: file.size });
    else missing.push(agency);
  }
  if (missing.length === 0) return found;
  const first = join(folder, `agency-${missing[0]!}.csv`);
  const others = missing.length === 1 ? 'is' : `and ${missing.length - 1} more are`;
  throw new ConfigurationError(
    `${first} ${others} missing; \`npm run data -- --agencies ${agencies}\` makes files for ${agencies} ` +
      `${agencies === 1 ? 'agency' : 'agencies'} (those that are there are replaced)`,
  );
}

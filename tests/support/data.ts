/** The agencies' files, read in the plainest way: an account of the right result that shares no code with ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './built';

/** The committed data's agencies. */
export const AGENCIES = [1, 2, 3, 4, 5] as const;

export function dataFile(agency: number): string {
  return join(ROOT, '.data', `agency-${agency}.csv`);
}

/** The rows of an agency's file, each split at its commas. */
export function rowsOf(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(','));
}

/** The documents of those who bet on the number, in the order of the file. */
export function winnersOf(file: string, number = 7574): string[] {
  return rowsOf(file)
    .filter((row) => Number(row[4]) === number)
    .map((row) => row[2]!);
}

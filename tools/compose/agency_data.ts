import { statSync } from 'node:fs';

import { agencyDataPath } from './services';

/**
 * Names the data files of agencies that are not in the current folder, consecutive ones as a range.
 *
 * @returns a text such as `agency-2.csv, agency-6.csv to agency-9.csv`, empty when no file is missing
 */
export function missingData(clients: number): string {
  const runs: [first: number, last: number][] = [];
  for (let agency = 1; agency <= clients; agency++) {
    // Docker makes an empty folder where a file to be mounted is missing.
    if (statSync(agencyDataPath(agency), { throwIfNoEntry: false })?.isFile() === true) continue;
    const run = runs.at(-1);
    if (run?.[1] === agency - 1) run[1] = agency;
    else runs.push([agency, agency]);
  }
  return runs
    .map(([first, last]) => (first === last ? [first] : [first, last]))
    .map((ends) => ends.map(agencyDataPath).join(' to '))
    .join(', ');
}

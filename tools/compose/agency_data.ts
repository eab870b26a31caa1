import { rmdirSync, statSync } from 'node:fs';

import { agencyDataPath } from './services';

/** What there is in the current folder instead of agencies' files; each text is empty where there is nothing. */
export interface AgencyDataGaps {
  /** Paths where there is nothing, such as `.data/agency-2.csv, .data/agency-6.csv to .data/agency-9.csv`. */
  readonly missing: string;
  /** Those of them where there was an empty folder. */
  readonly removed: string;
  /** Paths where there is something that is no file, and that stays. */
  readonly noFiles: string;
}

type Place = 'file' | 'missing' | 'removed' | 'no file';

/**
 * Looks for the agencies' files. Docker has made an empty folder where a file to be mounted was missing: it is removed,
 * since it would be in the way of the file.
 */
export function findGaps(clients: number): AgencyDataGaps {
  const places = Array.from({ length: clients }, (_, index) => placeOf(agencyDataPath(index + 1)));
  const named = (...kinds: readonly Place[]): string =>
    nameRanges(places.flatMap((place, index) => (kinds.includes(place) ? [index + 1] : [])));
  return {
    missing: named('missing', 'removed'),
    removed: named('removed'),
    noFiles: named('no file'),
  };
}

function placeOf(path: string): Place {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  if (found.isFile()) return 'file';
  try {
    rmdirSync(path);
    return 'removed';
  } catch {
    return 'no file';
  }
}

/** The paths of agencies in ascending order, consecutive ones as a range. */
function nameRanges(agencies: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const agency of agencies) {
    const run = runs.at(-1);
    if (run?.[1] === agency - 1) run[1] = agency;
    else runs.push([agency, agency]);
  }
  return runs
    .map(([first, last]) => (first === last ? [first] : [first, last]))
    .map((ends) => ends.map(agencyDataPath).join(' to '))
    .join(', ');
}

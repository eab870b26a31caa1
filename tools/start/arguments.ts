/** The command line of the starter. */
import { readAgencies } from '../options';
import { KEPT_RUNS } from './run_folder';

const DEFAULT_AGENCIES = 5;
/** Each agency is a process of its own. */
const MAX_AGENCIES = 1_000;

/** What `--help` prints. */
export const USAGE = `Runs the lottery on this machine: a server and N agencies, each a process of its
own, on the files .data/agency-1.csv to .data/agency-N.csv. The ledger, the
winners and the logs of a run lie in a folder of its own in .run; the newest
${KEPT_RUNS} are kept.

usage: npm start [-- N]

  N        how many agencies, 1 to ${MAX_AGENCIES} (default ${DEFAULT_AGENCIES})
  --help   prints this
`;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns the number of agencies, or `help` when help was asked for
 * @throws ConfigurationError for anything but one allowed number
 */
export function readArguments(words: readonly string[]): number | 'help' {
  return readAgencies(words, 'npm start', { agencies: DEFAULT_AGENCIES, maximum: MAX_AGENCIES });
}

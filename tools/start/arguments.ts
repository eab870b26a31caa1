/** The command line of the starter. */
import { ConfigurationError } from '../../program/exit';
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
 * @param words what stands behind the program's name
 * @returns how many agencies, or `help` when the usage is asked for
 * @throws ConfigurationError for anything but one number that is allowed
 */
export function readArguments(words: readonly string[]): number | 'help' {
  const [word, ...more] = words;
  if (word === undefined) return DEFAULT_AGENCIES;
  if (word === '--help' || word === '-h') return 'help';
  const agencies = /^[0-9]{1,15}$/.test(word) ? Number(word) : 0;
  if (more.length === 0 && agencies >= 1 && agencies <= MAX_AGENCIES) return agencies;
  const given = JSON.stringify(words.join(' '));
  throw new ConfigurationError(
    `${given} is wrong; usage: npm start [-- N], N being the number of agencies, 1 to ${MAX_AGENCIES}`,
  );
}

/** The command line of the maker of tokens. */
import { ConfigurationError } from '../../program/exit';

const DEFAULT_AGENCIES = 5;
const MAX_AGENCIES = 1_000_000;

/** What `--help` prints. */
export const USAGE = `Prints a file of new random tokens for HTTP_TOKENS_FILE: the operator's, which is good for all agencies,
and one for each of N agencies.

usage: npm run --silent tokens [-- N] > tokens.ini

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
    `${given} is wrong; usage: npm run tokens [-- N], N being the number of agencies, 1 to ${MAX_AGENCIES}`,
  );
}

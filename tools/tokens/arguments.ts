/** The command line of the token generator. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import { wholeNumberOf } from '../options';

/** What is asked for. */
export interface TokensPlan {
  readonly agencies: number;
  /** The file to write; `undefined` for standard output. */
  readonly out: string | undefined;
  /** Whether a file that is there may be replaced. */
  readonly mayReplace: boolean;
}

const DEFAULT_AGENCIES = 5;
const MAX_AGENCIES = 1_000_000;

/** What `--help` prints. */
export const USAGE = `Makes a file of new random tokens for HTTP_TOKENS_FILE: the operator's, which is good for all agencies,
and one for each of N agencies.

usage: npm run tokens -- [N] --out FILE [--replace]

  N            how many agencies, 1 to ${MAX_AGENCIES} (default ${DEFAULT_AGENCIES})
  --out FILE   writes FILE, which only its owner may read (mode 0600); without it, prints the tokens: into a file only
               with npm run --silent, since npm prints lines of its own
  --replace    replaces FILE when it is there; its tokens are good no more once the server is started again
  -h, --help   prints this

for example: npm run tokens -- 5 --out tokens.ini
`;

const HINT = 'npm run tokens -- --help prints the usage';
const OPTIONS = {
  out: { type: 'string' },
  replace: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns what is asked for, or `help` when help was asked for
 * @throws ConfigurationError for anything but one allowed number and the options above
 */
export function readArguments(words: readonly string[]): TokensPlan | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const [number, ...more] = positionals;
  if (more.length > 0) {
    throw new ConfigurationError(
      `${JSON.stringify(positionals.join(' '))} is wrong; allowed is one number; ${HINT}`,
    );
  }
  const { out, replace: mayReplace = false } = values;
  if (out === '') throw new ConfigurationError(`--out: "" is wrong; allowed is the name of a file; ${HINT}`);
  if (mayReplace && out === undefined)
    throw new ConfigurationError(`--replace is of no use without --out; ${HINT}`);
  const agencies = wholeNumberOf('N', number, { minimum: 1, maximum: MAX_AGENCIES, hint: HINT });
  return { agencies: agencies ?? DEFAULT_AGENCIES, out, mayReplace };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${HINT}`);
  }
}

/** The command line of the token generator. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import { Party, partyNamed } from '../../server/doors/identity/party';
import { wholeNumberOf } from '../options';

/** What is to be done with a file of tokens. */
export type TokensTask =
  | { readonly kind: 'create'; readonly agencies: number; readonly mayReplace: boolean }
  | { readonly kind: 'renew'; readonly holders: readonly Party[]; readonly keepsOld: boolean }
  | { readonly kind: 'drop-old' | 'revoke'; readonly holders: readonly Party[] }
  | { readonly kind: 'convert' };

/** What is asked for. */
export interface TokensPlan {
  readonly file: string;
  readonly task: TokensTask;
}

const DEFAULT_AGENCIES = 5;
/** The most that a lottery can have. */
export const MAX_AGENCIES = 1_000_000;

/** What `--help` prints. */
export const USAGE = `Makes new random tokens for HTTP_TOKENS_FILE: the operator's, which is good for all agencies, the auditor's, which
reads everything and writes nothing but the number of a draw, where it is entered, or its beacon's round, and one for
each of N agencies. FILE gets their digests, and is the server's. The tokens are printed, this once: each is for its
holder alone.

usage: npm run tokens -- [N] --out FILE [--replace]
       npm run tokens -- --renew HOLDERS [--keep-old] --out FILE
       npm run tokens -- --drop-old HOLDERS --out FILE
       npm run tokens -- --revoke HOLDERS --out FILE
       npm run tokens -- --convert --out FILE

  N                   how many agencies, 1 to ${MAX_AGENCIES} (default ${DEFAULT_AGENCIES})
  --out FILE          the file to write, which only its owner may read (mode 0600)
  --replace           replaces FILE when it is there: all its tokens end
  --renew HOLDERS     gives these new tokens, and leaves all others as they are; who was not in FILE is added
  --keep-old          keeps their old tokens good as well, until --drop-old; of two old ones, the newer
  --drop-old HOLDERS  ends the older token of these
  --revoke HOLDERS    ends all tokens of these
  --convert           puts digests in the place of the tokens in an older FILE; they stay good
  -h, --help          prints this

HOLDERS are operator, auditor and numbers of agencies, with commas between them. A running server reads FILE again by
itself. npm prints lines of its own, unless it is called with --silent.

for example: npm run tokens -- 5 --out tokens.ini
             npm run tokens -- --renew 3,4 --keep-old --out tokens.ini
`;

const HINT = 'npm run tokens -- --help prints the usage';
const OPTIONS = {
  out: { type: 'string' },
  replace: { type: 'boolean' },
  renew: { type: 'string' },
  'keep-old': { type: 'boolean' },
  'drop-old': { type: 'string' },
  revoke: { type: 'string' },
  convert: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
/** The options that say what is done with a file that is there. */
const CHANGES = ['renew', 'drop-old', 'revoke', 'convert'] as const;

type Values = ReturnType<typeof parse>['values'];

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns what is asked for, or `help` when help was asked for
 * @throws ConfigurationError for anything but one of the forms above
 */
export function readArguments(words: readonly string[]): TokensPlan | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  if (positionals.length > 1) {
    throw mistake(`${JSON.stringify(positionals.join(' '))} is wrong; allowed is one number`);
  }
  if (values.out === '') throw mistake('--out: "" is wrong; allowed is the name of a file');
  const task = taskOf(values, positionals[0]);
  if (values.out === undefined) {
    throw mistake(
      '--out is missing: the digests are for the server, in a file, and the tokens are printed for their holders',
    );
  }
  return { file: values.out, task };
}

function taskOf(values: Values, number: string | undefined): TokensTask {
  const [change, ...more] = CHANGES.filter((name) => values[name] !== undefined);
  if (more.length > 0) throw mistake(`--${change} and --${more[0]} cannot go together`);
  if (values['keep-old'] === true && change !== 'renew')
    throw mistake('--keep-old is of no use without --renew');
  if (change === undefined) {
    const agencies = wholeNumberOf('N', number, { minimum: 1, maximum: MAX_AGENCIES, hint: HINT });
    return { kind: 'create', agencies: agencies ?? DEFAULT_AGENCIES, mayReplace: values.replace === true };
  }
  if (number !== undefined) throw mistake(`N is of no use with --${change}`);
  if (values.replace === true) throw mistake(`--replace is of no use with --${change}`);
  if (change === 'convert') return { kind: 'convert' };
  const holders = holdersIn(values[change] ?? '', `--${change}`);
  return change === 'renew'
    ? { kind: 'renew', holders, keepsOld: values['keep-old'] === true }
    : { kind: change, holders };
}

function holdersIn(list: string, option: string): Party[] {
  const holders = list.split(',').map((name) => {
    const holder = partyNamed(name, MAX_AGENCIES);
    if (holder !== undefined) return holder;
    throw mistake(
      `${option}: ${JSON.stringify(list)} is wrong; allowed are operator, auditor and numbers of agencies, with commas ` +
        'between them',
    );
  });
  return [...new Set(holders)];
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [firstSentence] = oneLine(error).split('. ');
    throw mistake(firstSentence ?? '');
  }
}

function mistake(what: string): ConfigurationError {
  return new ConfigurationError(`${what}; ${HINT}`);
}

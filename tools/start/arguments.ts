/** The command line of the starter. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import { wholeNumber } from '../options';
import { KEPT_RUNS } from './run_folder';

/** What the command line asks for. */
export interface StartCommand {
  /** How many agencies. */
  readonly agencies: number;
  /** How many bets are made for this run; `undefined` when the agencies' own files are taken. */
  readonly bets: number | undefined;
  /** Whether the server goes on after the draw until it is stopped. */
  readonly stays: boolean;
  /** Whether agencies get receipts, and the draw is checked by the verifier at the end. */
  readonly isProved: boolean;
}

const DEFAULT_AGENCIES = 5;
/** Each agency is a process of its own. */
const MAX_AGENCIES = 1_000;
/** Their files take some 6 GB, and the ledger as much again. */
const MAX_BETS = 100_000_000;
/** Runs for some ten seconds on an ordinary machine. */
const LONGER_BETS = 2_000_000;

/** A command for a run that lasts long enough to be watched. */
export function longerRun(agencies: number): string {
  return `npm start -- ${agencies} --bets ${LONGER_BETS} --stay`;
}

/** What `--help` prints. */
export const USAGE = `Runs the lottery on this machine: a server and N agencies, each a process of its
own, on the files .data/agency-1.csv to .data/agency-N.csv; those that are
missing are made in the folder of the run. It is a new one in .run, where the
ledger, the winners and the logs lie as well; the newest ${KEPT_RUNS} are kept.

usage: npm start [-- [N] [--bets N] [--stay] [--believe]]

  N            how many agencies, 1 to ${MAX_AGENCIES} (default ${DEFAULT_AGENCIES})
  --bets N     makes so many bets in all for this run, 1 to ${MAX_BETS}, and
               leaves the files in .data alone
  --stay       keeps the server and its page after the draw, until Ctrl-C
  --believe    agencies get receipts, a control counts all bets again, the
               number follows from a beacon; at the end a program that shares
               no code with the server checks the draw, for each agency, and
               the commands are printed that check it again
  -h, --help   prints this

SERVER_PORT and HTTP_PORT in the environment choose the server's ports; without
them it takes free ones.

for example: ${longerRun(DEFAULT_AGENCIES)}
`;

const OPTIONS = {
  bets: { type: 'string' },
  stay: { type: 'boolean' },
  believe: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
const HINT = '`npm start -- --help` prints the usage';

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns `help` when help was asked for
 * @throws ConfigurationError for an unknown option or a value that is not allowed
 */
export function readArguments(words: readonly string[]): StartCommand | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  if (values.believe === true && values.stay === true) {
    throw new ConfigurationError(
      `--believe and --stay cannot go together: the draw is checked when the server has ended; ${HINT}`,
    );
  }
  return {
    agencies: agenciesOf(positionals),
    bets: wholeNumber('bets', values.bets, { minimum: 1, maximum: MAX_BETS }),
    stays: values.stay === true,
    isProved: values.believe === true,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, strict: true, allowPositionals: true });
  } catch (error) {
    // The later sentences are advice that does not fit these options.
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${HINT}`);
  }
}

function agenciesOf(words: readonly string[]): number {
  const [word, ...more] = words;
  if (word === undefined) return DEFAULT_AGENCIES;
  const agencies = /^[0-9]{1,15}$/.test(word) ? Number(word) : 0;
  if (more.length === 0 && agencies >= 1 && agencies <= MAX_AGENCIES) return agencies;
  throw new ConfigurationError(
    `${JSON.stringify(words.join(' '))} is wrong; allowed is one number of agencies, 1 to ${MAX_AGENCIES}; ${HINT}`,
  );
}

/** The command line of the generator. */
import { ConfigurationError } from '../../program/exit';
import { MAX_NUMBER } from '../../protocol/limits';
import { readOptions, wholeNumber } from '../options';
import type { DataPlan } from './agency_files';
import { MIN_BETS_FOR_WINNERS } from './planned_winners';

/** What is made where nothing else is asked for. */
export const DEFAULT_PLAN: DataPlan = {
  agencies: 5,
  bets: 78_000,
  seed: 7574,
  out: '.data',
  winnerNumber: 7574,
};

const MAX_AGENCIES = 10_000;
const MAX_BETS = 1_000_000_000;
const MAX_SEED = 0xffff_ffff;

const OPTIONS = {
  agencies: { type: 'string' },
  bets: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  'winner-number': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** What `--help` prints. */
export const USAGE = `Makes the agencies' bet files: agency-1.csv to agency-N.csv, a bet in each row:
first_name,last_name,document,birthdate,number. The same options give the same bytes on any machine.

usage: npm run data -- [options]

  --agencies N        how many files, 1 to ${MAX_AGENCIES} (default ${DEFAULT_PLAN.agencies})
  --bets N            how many bets in all, 0 to ${MAX_BETS} (default ${DEFAULT_PLAN.bets})
  --seed S            0 to ${MAX_SEED}: another seed makes other bets (default ${DEFAULT_PLAN.seed})
  --out FOLDER        where to; files of the same names are replaced (default ${DEFAULT_PLAN.out})
  --winner-number N   the number that wins, 0 to ${MAX_NUMBER} (default ${DEFAULT_PLAN.winnerNumber}): every agency
                      with ${MIN_BETS_FOR_WINNERS} bets or more has some bets on it
  --help              prints this
`;

/**
 * Reads the command line.
 *
 * @param words what stands behind the program's name
 * @returns what is to be made, or `help` when the usage is asked for
 * @throws ConfigurationError for a word that is not known or a value that is not allowed
 */
export function readArguments(words: readonly string[]): DataPlan | 'help' {
  const values = readOptions(words, OPTIONS, '--help prints the usage');
  if (values.help === true) return 'help';
  const { agencies, bets, seed, out, 'winner-number': winnerNumber } = values;
  return {
    agencies:
      wholeNumber('agencies', agencies, { minimum: 1, maximum: MAX_AGENCIES }) ?? DEFAULT_PLAN.agencies,
    bets: wholeNumber('bets', bets, { minimum: 0, maximum: MAX_BETS }) ?? DEFAULT_PLAN.bets,
    seed: wholeNumber('seed', seed, { minimum: 0, maximum: MAX_SEED }) ?? DEFAULT_PLAN.seed,
    out: folder(out) ?? DEFAULT_PLAN.out,
    winnerNumber:
      wholeNumber('winner-number', winnerNumber, { minimum: 0, maximum: MAX_NUMBER }) ??
      DEFAULT_PLAN.winnerNumber,
  };
}

function folder(text: string | undefined): string | undefined {
  if (text === '') throw new ConfigurationError('--out: "" is wrong; allowed is the name of a folder');
  return text;
}

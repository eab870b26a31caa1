/** The command line of the tool that restores a copy. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';

/** What is to be restored. */
export interface RestorePlan {
  /** The copy of a ledger's file. */
  readonly copy: string;
  /** The folder for the new ledger. */
  readonly into: string;
}

/** What `--help` prints. */
export const USAGE = `Makes a ledger from the copy of one: checks the copy, replays its audit log, puts it into a folder where there
is no ledger yet, and says how far it goes. The copy stays as it is.

usage: npm run restore -- COPY --into DIR

  COPY         the copy of a ledger's file, as sqlite3's .backup makes it
  --into DIR   the folder, the new DATA_DIR; it is made if it is missing
  -h, --help   prints this

What was acknowledged after the copy was made is not in it (docs/OPERATING.md, "Restore").

for example: npm run restore -- copy.db --into restored
`;

const HINT = 'npm run restore -- --help prints the usage';
const OPTIONS = { into: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns what is to be done, or `help` when help was asked for
 * @throws ConfigurationError for anything but one copy and one folder
 */
export function readArguments(words: readonly string[]): RestorePlan | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const [copy, ...more] = positionals;
  if (copy === undefined || copy === '' || more.length > 0) {
    throw new ConfigurationError(`one COPY is needed, ${positionals.length} are given; ${HINT}`);
  }
  const { into } = values;
  if (into === undefined || into === '')
    throw new ConfigurationError(`--into: missing; allowed is a folder; ${HINT}`);
  return { copy, into };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${HINT}`);
  }
}

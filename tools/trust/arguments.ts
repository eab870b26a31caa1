/** The command line of the key maker. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import { isLogName, LOG_NAME_FORM } from '../../server/transparency/log_name';

/** What is asked for. */
export type TrustKeyPlan =
  | { readonly kind: 'make'; readonly name: string; readonly file: string; readonly isControl: boolean }
  | { readonly kind: 'show'; readonly name: string; readonly file: string; readonly isControl: boolean }
  | { readonly kind: 'draw'; readonly name: string; readonly controlName: string; readonly folder: string };

/** What `--help` prints. */
export const USAGE = `Makes the key that signs a draw's log (Ed25519), and prints what others need to check its signatures.

usage: npm run trust-key -- --origin NAME --out FILE
       npm run trust-key -- --origin NAME --show FILE
       npm run trust-key -- --control NAME --out FILE
       npm run trust-key -- --control NAME --show FILE
       npm run trust-key -- --origin NAME --control NAME --out FOLDER

  --origin NAME    the name of the log, one for each draw, such as lottery.example/2026-12-22
  --control NAME   the same for one who cosigns, such as control.example/lottery
  --out FILE       the new file of the key, which only its owner may read (mode 0600)
  --show FILE      prints the verifier key of a file that is there
  --out FOLDER     with both names: makes what is missing of both keys and of the control's token in FOLDER/log and
                   FOLDER/control, and writes what each may know of the other into FOLDER/public
  -h, --help       prints this

What is printed is public: the verifier key, and lines for the settings of the server and of the agencies, and for a
policy. npm prints lines of its own, unless it is called with --silent.

for example: npm run trust-key -- --origin lottery.example/2026-12-22 --out log-key.pem
`;

const HINT = 'npm run trust-key -- --help prints the usage';
const OPTIONS = {
  origin: { type: 'string' },
  control: { type: 'string' },
  out: { type: 'string' },
  show: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns what is asked for, or `help` when help was asked for
 * @throws ConfigurationError for anything but one of the forms above
 */
export function readArguments(words: readonly string[]): TrustKeyPlan | 'help' {
  const { origin, control, out, show, help } = parse(words);
  if (help === true) return 'help';
  const name = origin ?? control;
  if (name === undefined) throw mistake('--origin is missing: the name of the log');
  for (const [option, value] of Object.entries({ '--origin': origin, '--control': control })) {
    if (value !== undefined && !isLogName(value))
      throw mistake(`${option}: ${JSON.stringify(value)} is wrong; allowed are ${LOG_NAME_FORM}`);
  }
  if (out !== undefined && show !== undefined) throw mistake('--out and --show cannot go together');
  const file = out ?? show;
  if (file === undefined || file === '') throw mistake('--out is missing: the file of the new key');
  if (origin !== undefined && control !== undefined) {
    if (out === undefined) throw mistake('--show cannot go with both --origin and --control');
    if (origin === control) throw mistake('--control: allowed is another name than that of --origin');
    return { kind: 'draw', name: origin, controlName: control, folder: out };
  }
  return { kind: out === undefined ? 'show' : 'make', name, file, isControl: origin === undefined };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    const [firstSentence] = oneLine(error).split('. ');
    throw mistake(firstSentence ?? '');
  }
}

function mistake(what: string): ConfigurationError {
  return new ConfigurationError(`${what}; ${HINT}`);
}

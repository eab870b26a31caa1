/** The command line of the audit log's tool. */
import { ConfigurationError } from '../../program/exit';
import { readOptions } from '../options';

/** What the command line asks for. */
export type AuditTask = 'print' | 'follow' | 'verify' | 'help';

const OPTIONS = {
  follow: { type: 'boolean' },
  verify: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `--help` prints. */
export const USAGE = `Prints the audit log: OPERATION,URI,STATUS,REQUEST_ID for each answered operation, in their order.

usage: npm run audit -- [option]

  --follow     prints what is there, and goes on as lines become durable; SIGTERM or SIGINT ends it. The ledger must be
               there already
  --verify     replays the log against what the ledger holds; tells each difference in a line, 100 at most, and exits 1
               when there is any
  -h, --help   prints this

The ledger is the one that the server's settings name, from the environment or else from server/config.ini: that of the
folder DATA_DIR, or with LEDGER=postgres that of the database DATABASE_URL. Servers may use it meanwhile. What the lines
mean stands in docs/AUDIT.md.

for example: DATA_DIR=ledger npm run audit -- --verify
`;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @throws ConfigurationError for an unknown option, or more than one option
 */
export function readArguments(words: readonly string[]): AuditTask {
  const hint = '--help prints the usage';
  const { follow, verify, help } = readOptions(words, OPTIONS, hint);
  if (help === true) return 'help';
  if (follow === true && verify === true) {
    throw new ConfigurationError(`--follow and --verify cannot go together; ${hint}`);
  }
  if (verify === true) return 'verify';
  return follow === true ? 'follow' : 'print';
}

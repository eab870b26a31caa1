/** The command line of the console. */
import { ConfigurationError } from '../../program/exit';
import type { TlsFiles } from '../../program/tls/tls_files';
import { readOptions, wholeNumber } from '../options';
import { addressOf, tlsFilesOf, tokenOf } from './api/who_asks';
import { MAX_CLIENTS } from './clients/play';

/** What the command line and the environment ask for. */
export interface AskPlan {
  /** The server to join; `undefined` for one of the console's own. */
  readonly at: URL | undefined;
  /** Where the console's own server has its ledger; `undefined` for the usual place. */
  readonly folder: string | undefined;
  /** Who asks; never shown. */
  readonly token: string | undefined;
  /** The files with which it takes part in TLS. */
  readonly tls: TlsFiles;
  /** The agency whose notes are meant by keys without a path; `undefined` for the lottery's. */
  readonly agency: number | undefined;
  /** How many clients play before the first command; `undefined` to ask for it in a terminal. */
  readonly clients: number | undefined;
}

const MAX_AGENCY = 1_000_000;
const HINT = 'npm run ask -- --help prints the usage';

/** What `--help` prints. */
export const USAGE = `Asks a server of the lottery: starts one on a ledger of its own in .run/ask, which is there again the next time, or
joins one that runs. Plays clients that write a note, read it and compare; then takes commands, which \`help\` lists.

usage: npm run ask [-- [--folder FOLDER | --at URL [--token-file FILE] [--ca FILE] [--cert FILE --key FILE]]
                       [--agency N] [--clients N]]

  --folder FOLDER    the folder of its own server, instead of .run/ask
  --at URL           joins the server whose HTTP door is there
  --token-file FILE  a file that holds the token for that server alone; ASK_TOKEN in the environment is the same
  --token TOKEN      the token itself: whoever lists the processes of this machine sees it
  --ca FILE          the certificates of the CAs that are believed, at an https:// URL; the public ones if left out
  --cert FILE        the certificate of who asks, in place of a token
  --key FILE         its key
  --agency N         keys are the notes of agency N, which its token or certificate opens; without it, those of the lottery
  --clients N        how many clients play first, 0 to ${MAX_CLIENTS}; without it, a terminal asks, and a pipe plays none
  -h, --help         prints this

From a pipe it reads one command a line: answers go to standard output, what failed to standard error. It exits with 0
when all went well, with 1 when a command has failed or the server has, and with 2 for a mistake on this command line.

Its own server takes the settings in .run/ask/server.ini, and those of the environment before them. SERVER_PORT and
HTTP_PORT choose its ports; without them it takes free ones. Remove the folder .run/ask to begin a new lottery.

for example: echo draw | npm run --silent ask -- --at http://127.0.0.1:8080
             npm run ask -- --at https://localhost:8080 --ca ca.pem --cert operator.pem --key operator-key.pem
`;

const OPTIONS = {
  folder: { type: 'string' },
  at: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  agency: { type: 'string' },
  clients: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @param environment where `ASK_TOKEN` may be
 * @returns `help` when help was asked for
 * @throws ConfigurationError for what is not allowed; it shows no token
 */
export function readArguments(words: readonly string[], environment: NodeJS.ProcessEnv): AskPlan | 'help' {
  const values = readOptions(words, OPTIONS, HINT);
  if (values.help === true) return 'help';
  const at = values.at === undefined ? undefined : addressOf('at', values.at, HINT);
  const given = (['token', 'token-file'] as const).filter((name) => values[name] !== undefined);
  if (given.length > 1) throw new ConfigurationError(`--token and --token-file cannot go together; ${HINT}`);
  if (given.length > 0 && at === undefined) {
    throw new ConfigurationError(`--${given[0]} is of no use without --at; ${HINT}`);
  }
  if (values.folder === '')
    throw new ConfigurationError(`--folder: "" is wrong; allowed is a folder; ${HINT}`);
  if (values.folder !== undefined && at !== undefined) {
    throw new ConfigurationError(`--folder and --at cannot go together; ${HINT}`);
  }
  return {
    at,
    folder: values.folder,
    token: at === undefined ? undefined : tokenOf(values, environment),
    tls: tlsFilesOf(values, { option: 'at', address: at, hint: HINT }),
    agency: wholeNumber('agency', values.agency, { minimum: 1, maximum: MAX_AGENCY, hint: HINT }),
    clients: wholeNumber('clients', values.clients, { minimum: 0, maximum: MAX_CLIENTS, hint: HINT }),
  };
}

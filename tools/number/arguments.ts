/** The command line by which a winning number, or a round of the beacon, is given to a server. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import type { TlsFiles } from '../../program/tls/tls_files';
import { addressOf, tlsFilesOf, tokenOf } from '../ask/api/who_asks';

/** What is to be given, to whom, and by whom. */
export interface NumberPlan {
  /** The number, or the file that holds a round of the beacon. */
  readonly given: { readonly number: number } | { readonly beaconFile: string };
  readonly url: URL;
  /** Never shown. */
  readonly token: string | undefined;
  readonly tls: TlsFiles;
}

/** What `--help` prints. */
export const USAGE = `Gives a server the winning number of a draw whose sale is sealed: the number, as the operator and the auditor each
enter it, or the round of the drand chain that it follows from.

usage: npm run draw-number -- NUMBER --url URL [--token-file FILE] [--ca FILE] [--cert FILE --key FILE]
       npm run draw-number -- --beacon FILE --url URL [--token-file FILE] [--ca FILE] [--cert FILE --key FILE]

  NUMBER             the number in four digits, 0000 to 9999; the first entry of each is final
  --beacon FILE      the round as relays of drand give it, in JSON
  --url URL          where the server's HTTP door is
  --token-file FILE  a file that holds the token of who gives it, and nothing else; ASK_TOKEN in the environment is the same
  --ca FILE          the certificates of the CAs that are believed, at an https:// URL; the public ones if left out
  --cert FILE        the certificate of who gives it, in place of a token
  --key FILE         its key
  -h, --help         prints this

It exits with 0 when what was given is kept, with 1 when the server has refused it, and with 2 for a mistake here.

for example: npm run draw-number -- 7574 --url https://lottery.example:8080 --token-file operator.token
`;

const HINT = 'npm run draw-number -- --help prints the usage';
const OPTIONS = {
  beacon: { type: 'string' },
  url: { type: 'string' },
  'token-file': { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
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
export function readArguments(words: readonly string[], environment: NodeJS.ProcessEnv): NumberPlan | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const given = givenIn(positionals, values.beacon);
  if (values.url === undefined) throw mistake('--url is missing: where the server is');
  const url = addressOf('url', values.url, HINT);
  return {
    given,
    url,
    token: tokenOf(values, environment),
    tls: tlsFilesOf(values, { option: 'url', address: url, hint: HINT }),
  };
}

function givenIn(words: readonly string[], beaconFile: string | undefined): NumberPlan['given'] {
  const [number, ...more] = words;
  if (beaconFile !== undefined) {
    if (number === undefined) return { beaconFile };
    throw mistake('NUMBER and --beacon cannot go together');
  }
  if (number === undefined) throw mistake('NUMBER is missing');
  if (more.length > 0) throw mistake('there is more than one NUMBER');
  // Four digits, since a digit that is left out could not be taken back.
  if (!/^[0-9]{4}$/.test(number))
    throw mistake(`NUMBER: ${JSON.stringify(number)} is wrong; allowed is 0000 to 9999`);
  return { number: Number(number) };
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

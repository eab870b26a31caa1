import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import { MAX_CLIENTS, MAX_SERVERS } from './compose_file';
import { DATABASE_LEDGERS, DatabaseLedger } from './database';

/** How the command line is written. */
export const USAGE =
  `usage: npx ts-node compose_maker.ts [N] [--servers M] [--ledger LEDGER] [--tls] [--control]   (N: how many clients, 0 to ${MAX_CLIENTS}; ` +
  `1 if left out; M: how many servers over one database, 1 to ${MAX_SERVERS}; LEDGER: sqlite, ${DATABASE_LEDGERS.join(' or ')})`;

/** What `--help` prints. */
export const HELP = `${USAGE}

Writes docker-compose-dev.yaml into the current folder, and names the agencies' files that are missing in .data.

  --servers M       how many servers over one database, behind a balancer
  --ledger LEDGER   where the bets are kept:
                      sqlite    a file of the only server; without --servers, where it is the default
                      postgres  a PostgreSQL that the servers share; the default with --servers
                      redis     a Redis that the servers share
                    postgres and redis without --servers: one server over it, as with --servers 1
  --tls             agencies and servers speak over mutual TLS: each agency has a key of its own. Makes the
                    certificates that are missing in .certificates, and leaves the others as they are
  --control         the internal control runs beside the servers, which give receipts, and the agencies ask for
                    them: no draw without the control
  -h, --help        prints this

for example: npx ts-node compose_maker.ts 5 --servers 3
`;

/** What a compose file is made for. */
export interface ComposePlan {
  readonly clients: number;
  /** How many servers over one database; undefined for one without. */
  readonly servers?: number;
  /** Which database; undefined where there is none. */
  readonly ledger?: DatabaseLedger;
  /** Whether they speak over mutual TLS. */
  readonly tls?: true;
  /** Whether the internal control runs beside the servers. */
  readonly control?: true;
}

/** A word of the command line that is not allowed: the usage helps. */
export class UsageMistake extends ConfigurationError {}

/**
 * Reads the command line.
 *
 * @returns what it asks for, one client when it names no number of clients
 * @throws UsageMistake for a word that is not allowed, in one line that names it and what is allowed
 * @throws ConfigurationError when several servers are to have what only one can
 */
export function planFrom(programArguments: readonly string[]): ComposePlan {
  const words = wordsOf(programArguments);
  const clients = clientsOf(words.numbers);
  const servers = words.servers === undefined ? undefined : serversOf(words.servers);
  const named = words.ledger === undefined ? undefined : ledgerOf(words.ledger);
  if (named === 'sqlite' && servers !== undefined) {
    throw new ConfigurationError(
      'compose_maker: --ledger sqlite: a file that belongs to one server, so there are no --servers; ' +
        `with --servers allowed are ${DATABASE_LEDGERS.join(' and ')}`,
    );
  }
  const common = {
    clients,
    ...(words.tls && { tls: true as const }),
    ...(words.control && { control: true as const }),
  };
  if (named === 'sqlite' || (named === undefined && servers === undefined)) return common;
  return { ...common, servers: servers ?? 1, ledger: named ?? 'postgres' };
}

const OPTIONS = {
  servers: { type: 'string' },
  ledger: { type: 'string' },
  tls: { type: 'boolean' },
  control: { type: 'boolean' },
} as const;

interface CommandLine {
  readonly numbers: readonly string[];
  readonly servers?: string | undefined;
  readonly ledger?: string | undefined;
  readonly tls: boolean;
  readonly control: boolean;
}

function wordsOf(programArguments: readonly string[]): CommandLine {
  const { positionals: numbers, values } = parse(programArguments);
  return {
    numbers,
    servers: values.servers,
    ledger: values.ledger,
    tls: values.tls === true,
    control: values.control === true,
  };
}

function parse(programArguments: readonly string[]) {
  try {
    return parseArgs({ args: [...programArguments], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The later sentences are advice that does not fit these options.
    const [firstSentence = ''] = oneLine(error).split('. ');
    throw mistake(firstSentence, 'are N, --servers M, --ledger LEDGER, --tls and --control');
  }
}

function clientsOf(words: readonly string[]): number {
  const [word = '1', ...more] = words;
  const clients = more.length === 0 ? numberFrom(word, 0, MAX_CLIENTS) : undefined;
  if (clients !== undefined) return clients;
  throw mistake(JSON.stringify(words.join(' ')), `is one number of clients, 0 to ${MAX_CLIENTS}`);
}

function serversOf(word: string): number {
  const servers = numberFrom(word, 1, MAX_SERVERS);
  if (servers !== undefined) return servers;
  throw mistake(`--servers ${JSON.stringify(word)}`, `is how many servers, 1 to ${MAX_SERVERS}`);
}

function ledgerOf(word: string): 'sqlite' | DatabaseLedger {
  const ledger = (['sqlite', ...DATABASE_LEDGERS] as const).find((each) => each === word);
  if (ledger !== undefined) return ledger;
  throw mistake(`--ledger ${JSON.stringify(word)}`, `are sqlite, ${DATABASE_LEDGERS.join(' and ')}`);
}

function mistake(what: string, allowed: string): UsageMistake {
  return new UsageMistake(`compose_maker: ${what}: allowed ${allowed}`);
}

function numberFrom(text: string, minimum: number, maximum: number): number | undefined {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  return number >= minimum && number <= maximum ? number : undefined;
}

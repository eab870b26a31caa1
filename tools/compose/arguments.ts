import { parseArgs } from 'node:util';

import { MAX_CLIENTS, MAX_SERVERS } from './compose_file';

/** How the command line is written. */
export const USAGE =
  `usage: npx ts-node compose_maker.ts [N] [--servers M]   (N: how many clients, 0 to ${MAX_CLIENTS}; 1 if left out; ` +
  `M: how many servers over one PostgreSQL, 1 to ${MAX_SERVERS}; one without PostgreSQL if left out)`;

/** What `--help` prints. */
export const HELP = `${USAGE}

Writes docker-compose-dev.yaml into the current folder, and names the agencies' files that are missing in .data.

  --servers M   how many servers over one PostgreSQL, behind a balancer
  -h, --help    prints this

for example: npx ts-node compose_maker.ts 5 --servers 3
`;

/** What a compose file is made for. */
export interface ComposePlan {
  readonly clients: number;
  /** How many servers over one PostgreSQL; undefined for one without. */
  readonly servers?: number;
}

/**
 * Reads the command line.
 *
 * @returns what it asks for, one client when it names no number of clients; undefined when it is not understood
 */
export function planFrom(programArguments: readonly string[]): ComposePlan | undefined {
  const words = wordsOf(programArguments);
  if (words === undefined || words.numbers.length > 1) return undefined;
  const clients = numberFrom(words.numbers[0] ?? '1', 0, MAX_CLIENTS);
  if (clients === undefined) return undefined;
  if (words.servers === undefined) return { clients };
  const servers = numberFrom(words.servers, 1, MAX_SERVERS);
  return servers === undefined ? undefined : { clients, servers };
}

function wordsOf(
  programArguments: readonly string[],
): { numbers: readonly string[]; servers?: string | undefined } | undefined {
  try {
    const { positionals: numbers, values } = parseArgs({
      args: [...programArguments],
      options: { servers: { type: 'string' } },
      allowPositionals: true,
    });
    return { numbers, servers: values.servers };
  } catch {
    return undefined;
  }
}

function numberFrom(text: string, minimum: number, maximum: number): number | undefined {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  return number >= minimum && number <= maximum ? number : undefined;
}

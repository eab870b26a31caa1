/**
 * `npx ts-node compose_maker.ts [N] [--servers M]`: writes docker-compose-dev.yaml for N agencies, and with `--servers`
 * for M servers over one PostgreSQL, into the current folder.
 *
 * Exit codes: 0 written; 1 the file could not be written; 2 wrong usage.
 */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { composeFile, MAX_CLIENTS, MAX_SERVERS } from './tools/compose/compose_file';
import { agencyDataPath } from './tools/compose/services';

/** The file that is written, in the current folder. */
export const COMPOSE_FILE_NAME = 'docker-compose-dev.yaml';

const USAGE =
  `usage: npx ts-node compose_maker.ts [N] [--servers M]   (N: how many clients, 0 to ${MAX_CLIENTS}; 1 if left out; ` +
  `M: how many servers over one PostgreSQL, 1 to ${MAX_SERVERS}; one without PostgreSQL if left out)`;

/** What the file is made for. */
export interface ComposePlan {
  readonly clients: number;
  /** How many servers over one PostgreSQL; undefined for one without. */
  readonly servers?: number;
}

/**
 * Reads the command line.
 *
 * @returns what it asks for, a client when it names no number of them; undefined when it is not understood
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

/**
 * Names the agencies whose data file is not in the current folder, runs of them as one.
 *
 * @returns a text such as `agency-2.csv, agency-6.csv to agency-9.csv`, empty when no file is missing
 */
export function missingData(clients: number): string {
  const runs: [first: number, last: number][] = [];
  for (let agency = 1; agency <= clients; agency++) {
    // Docker makes an empty folder where a file to be mounted is missing: that is no data either.
    if (statSync(agencyDataPath(agency), { throwIfNoEntry: false })?.isFile() === true) continue;
    const run = runs.at(-1);
    if (run?.[1] === agency - 1) run[1] = agency;
    else runs.push([agency, agency]);
  }
  return runs
    .map(([first, last]) => (first === last ? [first] : [first, last]))
    .map((ends) => ends.map(agencyDataPath).join(' to '))
    .join(', ');
}

/** Puts the whole text in place at once: nobody ever reads half a file. */
function writeWhole(path: string, text: string): void {
  const unfinishedPath = `${path}.${process.pid}.unfinished`;
  try {
    writeFileSync(unfinishedPath, text);
    renameSync(unfinishedPath, path);
  } catch (error) {
    rmSync(unfinishedPath, { force: true });
    throw error;
  }
}

function main(programArguments: readonly string[]): number {
  if (programArguments.length === 1 && programArguments[0] === '--help') {
    console.log(USAGE);
    return 0;
  }
  const plan = planFrom(programArguments);
  if (plan === undefined) {
    console.error(USAGE);
    return 2;
  }
  const { clients, servers } = plan;
  const missing = missingData(clients);
  if (missing !== '') {
    console.error(
      `compose_maker: missing: ${missing}; make them with \`npm run data\` before \`docker compose up\``,
    );
  }
  try {
    writeWhole(COMPOSE_FILE_NAME, composeFile(clients, servers));
  } catch (error) {
    console.error(
      `compose_maker: ${COMPOSE_FILE_NAME} was not written: ${error instanceof Error ? error.message : String(error)}`,
    );
    return 1;
  }
  const agencies =
    clients === 0 ? 'no client (AGENCIES stays what server/config.ini says)' : `clients: ${clients}`;
  const parts = servers === undefined ? 'server' : `database, servers: ${servers}, balancer`;
  console.log(`${COMPOSE_FILE_NAME}: ${parts}, ${agencies}`);
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));

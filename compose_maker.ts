/**
 * `npx ts-node compose_maker.ts [N]`: writes docker-compose-dev.yaml for N agencies into the current folder.
 *
 * Exit codes: 0 written; 1 the file could not be written; 2 wrong usage.
 */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { agencyDataPath, composeFile, MAX_CLIENTS } from './tools/compose/compose_file';

/** The file that is written, in the current folder. */
export const COMPOSE_FILE_NAME = 'docker-compose-dev.yaml';

const USAGE = `usage: npx ts-node compose_maker.ts [N]   (N: how many clients, 0 to ${MAX_CLIENTS}; 1 if left out)`;

/**
 * Reads the number of clients from the command line.
 *
 * @returns the number, 1 when there is no argument, or undefined when the arguments are not understood
 */
export function clientsFrom(programArguments: readonly string[]): number | undefined {
  if (programArguments.length === 0) return 1;
  const [text] = programArguments;
  if (programArguments.length > 1 || text === undefined || !/^\d{1,4}$/.test(text)) return undefined;
  const clients = Number(text);
  return clients <= MAX_CLIENTS ? clients : undefined;
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
  const clients = clientsFrom(programArguments);
  if (clients === undefined) {
    console.error(USAGE);
    return 2;
  }
  const missing = missingData(clients);
  if (missing !== '') {
    console.error(
      `compose_maker: missing: ${missing}; make them with \`npm run data\` before \`docker compose up\``,
    );
  }
  try {
    writeWhole(COMPOSE_FILE_NAME, composeFile(clients));
  } catch (error) {
    console.error(
      `compose_maker: ${COMPOSE_FILE_NAME} was not written: ${error instanceof Error ? error.message : String(error)}`,
    );
    return 1;
  }
  const agencies =
    clients === 0 ? 'no client (AGENCIES stays what server/config.ini says)' : `clients: ${clients}`;
  console.log(`${COMPOSE_FILE_NAME}: server, ${agencies}`);
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));

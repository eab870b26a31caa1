import { EXIT_DONE, EXIT_USAGE, OperationError, oneLine } from '../../program/exit';
import { writeWholeFile } from '../../program/whole_file';
import { findGaps } from './agency_data';
import { ComposePlan, HELP, planFrom, USAGE, UsageMistake } from './arguments';
import { madeText, prepareCertificates, troubles } from './certificates';
import { COMPOSE_FILE_NAME, composeFile } from './compose_file';
import { keyOwnerOf } from './key_owner';
import { CERTIFICATES_FOLDER } from './tls';

/**
 * Writes docker-compose-dev.yaml into the current folder, after naming the data files that are missing there and
 * removing the empty folders that are in their places. With TLS, makes the certificates that are missing in
 * .certificates first, and names those that expire soon.
 *
 * @param words the command line after the program's name
 * @returns the exit code: 0 when the file is written or help was asked for, 2 for wrong usage
 * @throws ConfigurationError when the options do not go together, or the certificates that are there
 * @throws OperationError when a file cannot be written; one that was there stays as it was
 */
export async function makeComposeFile(words: readonly string[]): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(HELP);
    return EXIT_DONE;
  }
  const plan = planOrMistake(words);
  if (plan instanceof UsageMistake) {
    console.error(`${plan.message}\n${USAGE}`);
    return EXIT_USAGE;
  }
  tellGaps(plan.clients);
  if (plan.tls) await prepare(plan.clients);
  await write(plan);
  console.log(`${COMPOSE_FILE_NAME}: ${described(plan)}`);
  return EXIT_DONE;
}

function planOrMistake(words: readonly string[]): ComposePlan | UsageMistake {
  try {
    return planFrom(words);
  } catch (error) {
    if (error instanceof UsageMistake) return error;
    throw error;
  }
}

/** Each line is about what has to be done before `docker compose up`. */
function tellGaps(clients: number): void {
  const { missing, removed, noFiles } = findGaps(clients);
  if (removed !== '') {
    console.error(
      `compose_maker: removed: ${removed}: an empty folder, as Docker made it for a missing file`,
    );
  }
  if (noFiles !== '') console.error(`compose_maker: no file, and in the way of one: ${noFiles}`);
  if (missing !== '') {
    console.error(
      `compose_maker: missing: ${missing}; ` +
        `\`npm run data -- --agencies ${clients} --missing\` makes them and leaves the others as they are`,
    );
  }
}

async function prepare(clients: number): Promise<void> {
  const report = await prepareCertificates(CERTIFICATES_FOLDER, clients);
  const made = madeText(CERTIFICATES_FOLDER, report);
  if (made !== undefined) console.log(made);
  for (const trouble of troubles(CERTIFICATES_FOLDER, report)) console.error(`compose_maker: ${trouble}`);
}

async function write({ clients, servers, ledger, tls, control }: ComposePlan): Promise<void> {
  const tlsPlan = tls && { keyOwner: keyOwnerOf(process.getuid?.()) };
  try {
    await writeWholeFile(COMPOSE_FILE_NAME, [composeFile(clients, servers, ledger, tlsPlan, control)]);
  } catch (error) {
    throw new OperationError(`compose_maker: ${COMPOSE_FILE_NAME} was not written: ${oneLine(error)}`);
  }
}

function described({ clients, servers, ledger, tls, control }: ComposePlan): string {
  const agencies =
    clients === 0 ? 'no client (AGENCIES stays what server/config.ini says)' : `clients: ${clients}`;
  const parts = servers === undefined ? 'server' : `database (${ledger}), servers: ${servers}, balancer`;
  return `${parts}${control ? ', control' : ''}, ${agencies}${tls ? ', mutual TLS' : ''}`;
}

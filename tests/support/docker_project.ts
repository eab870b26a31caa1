/** The lottery in containers, as a Compose project of its own for each test. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Container } from 'dockerode';
import { stringify } from 'yaml';

import { composeFile } from '../../tools/compose/compose_file';
import type { DatabaseLedger } from '../../tools/compose/database';
import { ROOT } from './built';
import { writeBets } from './docker_bets';
import { agencyMounts, controlMounts, ProjectTls, serverMounts, tlsPlanOf } from './docker_certificates';
import { docker } from './docker_engine';
import { nameOfThisRun } from './docker_leftovers';

/** Building all images with nothing in the cache takes about two minutes. */
export const BUILD_TIMEOUT_MS = 900_000;
/** The file that stands in the repository, with five agencies. */
export const COMMITTED_FILE = join(ROOT, 'docker-compose-dev.yaml');

/** Where an agency under test writes its winners, inside its container: on the volume that it shares with the others. */
export function winnersPath(agency: number): string {
  return `/data/winners-${agency}`;
}

const COMPOSE_TIMEOUT_MS = 120_000;
/** How much of each container's log is told when they do not come up. */
const LOG_LINES = '20';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const NAME_PREFIX = 'lottery-test-';
const NETWORK = 'testing_net';
const TOKENS_FILE = 'tokens.ini';

/** The network of tests that choose an address. */
export const SUBNET = '172.25.124.0/22';

/** What differs between a test's lottery and an everyday one. */
export interface ProjectPlan {
  readonly agencies: number;
  /** Bets in each agency's file. */
  readonly betsEach: number;
  /** How many servers over one database; one with a ledger of its own when left out. */
  readonly servers?: number;
  /** Which database that is; PostgreSQL when left out. */
  readonly ledger?: DatabaseLedger;
  /** Whether the internal control runs beside the servers, and the agencies ask for receipts. */
  readonly control?: boolean;
  /** Environment variables of every agency, `KEY: value`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Environment variables of every server. */
  readonly serverEnvironment?: Readonly<Record<string, string>>;
  /** Environment variables of the database. */
  readonly databaseEnvironment?: Readonly<Record<string, string>>;
  /** The file of tokens of the HTTP door; there is none when left out. */
  readonly tokens?: string;
  /** The subnet of the network, for addresses that a test chooses; the engine's choice when left out. */
  readonly subnet?: string;
  /** Variables of the compose file, such as LOTTERY_NAME. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Its mutual TLS; without any when left out. */
  readonly tls?: ProjectTls;
  /** Begins the names of containers and images, for a project beside another one. */
  readonly prefix?: string;
}

/** Where the page and the HTTP API are published. */
export const PAGE_URL = `http://127.0.0.1:${process.env['LOTTERY_HTTP_PORT'] ?? '8080'}`;

/** How a command ended that may fail. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * One Compose project: its own name, network, volumes and folder, so that a lottery that was brought up by hand
 * keeps its ledger. The names of the containers are fixed unless they have a prefix.
 */
export class ComposeProject {
  static readonly #open = new Set<ComposeProject>();

  readonly name = nameOfThisRun();
  readonly agencies: number;
  /** The servers over one database, by name; none where the one server has a ledger of its own. */
  readonly serverNames: readonly string[];
  /** Which database that is. */
  readonly ledger: DatabaseLedger;
  /** Whether each agency writes its winners to {@link winnersPath}. */
  readonly writesWinners: boolean;
  /** Those of the compose file, for the next command. */
  variables: Readonly<Record<string, string>>;
  readonly #prefix: string;
  readonly #files: readonly string[];
  readonly #folder: string;
  readonly #dataPath: (agency: number) => string;

  /** The project of the file in the repository, on the repository's data. */
  static ofCommittedFile(): ComposeProject {
    return new ComposeProject({ agencies: 5 }, join(ROOT, '.data'), () => [COMMITTED_FILE]);
  }

  /** A project of the file that the generator makes for so many agencies, on bets that are made for it. */
  static of(plan: ProjectPlan): ComposeProject {
    return new ComposeProject(plan, undefined, (folder) => {
      const agencies = numbersTo(plan.agencies);
      for (const agency of agencies) {
        writeBets(join(folder, `agency-${agency}.csv`), agency, plan.betsEach);
      }
      const client = (agency: number): [string, object] => [
        `client${agency}`,
        {
          environment: { CLI_DATA_WINNERSFILE: winnersPath(agency), ...plan.environment },
          volumes: [
            `${join(folder, `agency-${agency}.csv`)}:/data/agency.csv:ro`,
            ...agencyMounts(plan.tls, agency),
          ],
        },
      ];
      const server = (name: string): [string, object] => [
        name,
        { environment: plan.serverEnvironment ?? {}, volumes: serverMounts(plan.tls) },
      ];
      const servers = plan.servers === undefined ? ['server'] : serverNamesOf(plan);
      const network = plan.subnet === undefined ? {} : { ipam: { config: [{ subnet: plan.subnet }] } };
      const database: [string, object][] =
        plan.databaseEnvironment === undefined
          ? []
          : [['database', { environment: plan.databaseEnvironment }]];
      const control: [string, object][] = plan.control
        ? [['control', { volumes: controlMounts(plan.tls) }]]
        : [];
      const changes = {
        services: Object.fromEntries([
          ...servers.map(server),
          ...database,
          ...control,
          ...agencies.map(client),
        ]),
        networks: { [NETWORK]: network },
      };
      const [generated, changed] = [join(folder, 'compose.yaml'), join(folder, 'changes.yaml')];
      const text = composeFile(plan.agencies, plan.servers, plan.ledger, tlsPlanOf(plan.tls), plan.control);
      writeFileSync(generated, text);
      writeFileSync(changed, stringify(changes));
      if (plan.tokens !== undefined) writeFileSync(join(folder, TOKENS_FILE), plan.tokens);
      return [generated, changed];
    });
  }

  /** Removes everything of every project that was made, whatever state it is in. */
  static async removeAll(): Promise<void> {
    for (const project of ComposeProject.#open) await project.#remove();
  }

  private constructor(
    plan: Pick<ProjectPlan, 'agencies' | 'servers' | 'ledger' | 'prefix' | 'variables'>,
    data: string | undefined,
    prepare: (folder: string) => readonly string[],
  ) {
    this.agencies = plan.agencies;
    this.serverNames = serverNamesOf(plan);
    this.ledger = plan.ledger ?? 'postgres';
    this.writesWinners = data === undefined;
    this.#prefix = plan.prefix ?? '';
    this.variables = { LOTTERY_PREFIX: this.#prefix, ...plan.variables };
    this.#folder = mkdtempSync(join(tmpdir(), NAME_PREFIX));
    ComposeProject.#open.add(this);
    this.#files = prepare(this.#folder);
    this.#dataPath = (agency) => join(data ?? this.#folder, `agency-${agency}.csv`);
  }

  /** The container of the one server. */
  get server(): Container {
    return this.#container('server');
  }

  /** The containers of the servers over one database. */
  get servers(): Container[] {
    return this.serverNames.map((name) => this.#container(name));
  }

  /** The container of the database of several servers. */
  get database(): Container {
    return this.#container('database');
  }

  /** The container in front of several servers. */
  get balancer(): Container {
    return this.#container('balancer');
  }

  /** The container of the internal control. */
  get control(): Container {
    return this.#container('control');
  }

  /** The container that makes the keys of both. */
  get keys(): Container {
    return this.#container('keys');
  }

  /** All agencies' containers. */
  get clients(): Container[] {
    return numbersTo(this.agencies).map((agency) => this.client(agency));
  }

  /** The name of the network, as the engine knows it. */
  get network(): string {
    return `${this.name}_${NETWORK}`;
  }

  client(agency: number): Container {
    return this.#container(`client${agency}`);
  }

  #container(service: string): Container {
    return docker.getContainer(`${this.#prefix}${service}`);
  }

  /** The file of an agency's bets. */
  dataFile(agency: number): string {
    return this.#dataPath(agency);
  }

  /** `docker compose up`, detached. With services named: these alone, without what they depend on. */
  async up(...services: string[]): Promise<void> {
    await this.#compose('up', '--detach', ...(services.length > 0 ? ['--no-deps', ...services] : []));
  }

  /** `docker compose up`, detached, where it must not succeed: what it says on standard error. */
  async upInVain(): Promise<string> {
    const { exitCode, stderr } = await this.#run('up', '--detach');
    if (exitCode === 0) throw new Error('docker compose up succeeded');
    return stderr;
  }

  /** `docker compose down`: the volumes stay. */
  async down(): Promise<void> {
    await this.#compose('down', '--timeout', '0');
  }

  /** `docker compose up --build`, detached. */
  async upWithBuild(): Promise<void> {
    await this.#compose('up', '--detach', '--build');
  }

  /** Removes the images that {@link build} has made under a prefix. */
  async removeImages(): Promise<void> {
    if (this.#prefix === '') throw new Error('the images without a prefix are for all tests');
    for (const name of ['server', 'client']) await docker.getImage(`${this.#prefix}${name}:latest`).remove();
  }

  /** `docker compose build`. */
  async build(): Promise<void> {
    await this.#compose('build', '--quiet');
  }

  /** `./nc_test.sh` on this project. */
  ncTest(): Promise<CommandResult> {
    return ncTest({ COMPOSE_PROJECT_NAME: this.name });
  }

  async #remove(): Promise<void> {
    await this.#compose('down', '--volumes', '--remove-orphans', '--timeout', '0');
    // Those of another LOTTERY_NAME.
    const filters = { label: [`com.docker.compose.project=${this.name}`] };
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    for (const { Name: name } of volumes) await docker.getVolume(name).remove();
    rmSync(this.#folder, { recursive: true, force: true });
    ComposeProject.#open.delete(this);
  }

  async #compose(...words: string[]): Promise<void> {
    const { exitCode, stderr } = await this.#run(...words);
    if (exitCode === 0) return;
    // Why a container is not well is in its log, which is gone when the test has ended.
    const logs = words[0] === 'up' ? await this.#run('logs', '--no-color', '--tail', LOG_LINES) : undefined;
    throw new Error(
      `docker compose ${words.join(' ')}: exit ${exitCode}\n${stderr}${logs === undefined ? '' : `\n${logs.stdout}`}`,
    );
  }

  #run(...words: string[]): Promise<CommandResult> {
    const files = this.#files.flatMap((file) => ['--file', file]);
    const common = ['compose', '--project-name', this.name, '--project-directory', ROOT, ...files];
    const timeout = words.some((word) => word.includes('build')) ? BUILD_TIMEOUT_MS : COMPOSE_TIMEOUT_MS;
    const tokens = join(this.#folder, TOKENS_FILE);
    const environment = { ...this.variables, ...(existsSync(tokens) ? { LOTTERY_TOKENS: tokens } : {}) };
    return run('docker', [...common, ...words], environment, timeout);
  }
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function serverNamesOf({ servers = 0 }: Pick<ProjectPlan, 'servers'>): string[] {
  return numbersTo(servers).map((number) => `server${number}`);
}

/** `./nc_test.sh` of a checkout, with what is set for it. */
export function ncTest(
  environment: Readonly<Record<string, string>>,
  checkout: string = ROOT,
): Promise<CommandResult> {
  return run(join(checkout, 'nc_test.sh'), [], environment, COMPOSE_TIMEOUT_MS);
}

function run(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  timeout: number,
): Promise<CommandResult> {
  // What is set around the tests, or in a file .env, must not choose another file, project, ledger or name.
  const neutral = {
    COMPOSE_FILE: undefined,
    COMPOSE_PROJECT_NAME: undefined,
    COMPOSE_PROFILES: undefined,
    LOTTERY_NAME: '',
    LOTTERY_PREFIX: '',
    LOTTERY_TOKENS: '',
    LOTTERY_ORIGIN: '',
    LOTTERY_DATABASE_PASSWORD: '',
  };
  const env = { ...process.env, ...neutral, ...environment };
  return new Promise((resolve, reject) => {
    execFile(file, words, { env, timeout, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
      else reject(new Error(`${file} ${words.join(' ')}: ${error.message}`));
    });
  });
}

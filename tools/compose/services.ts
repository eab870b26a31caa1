/** The compose services that every lottery has. */
import { AGENCY_LIMITS, confinement, scratchFolder, SERVER_LIMITS } from './confinement';
import { build, containerName, hostFile, image } from './names';
import { agencyTls, serverTls, TlsPlan } from './tls';

export const NETWORK = 'testing_net';
/** The volume of the ledger of a single server. */
export const LEDGER_VOLUME = 'ledger';
/** The volume of all agencies: rows that could not be sent, and what else they write. */
export const AGENCIES_VOLUME = 'agencies';

/** Where agencies and `nc_test.sh` find the server, or the balancer in front of several. */
export const DOOR_NAME = 'server';

/** The port of the page and the HTTP API in the container, and on the host unless LOTTERY_HTTP_PORT names another. */
export const HTTP_PORT = 8080;
/** The page and the HTTP API are published on the host's loopback address only. */
export const PUBLISHED_HTTP_PORT = `127.0.0.1:\${LOTTERY_HTTP_PORT:-${HTTP_PORT}}:${HTTP_PORT}`;
/** The tokens file in the container. LOTTERY_TOKENS names the host's file; without it, nobody can bet over HTTP. */
const TOKENS_PATH = '/tokens.ini';

/** Docker kills a container this long after SIGTERM; the programs need a second, more on a loaded machine. */
export const STOP_GRACE_PERIOD = '10s';

/** How often the images' HEALTHCHECK runs: often at first, since agencies are started when their server is healthy. */
export const HEALTH_CHECK = {
  interval: '5s',
  timeout: '5s',
  retries: 3,
  start_period: '30s',
  start_interval: '500ms',
};

/** For what is to run until it is stopped: after a crash, and when the machine is started. */
export const RUNS_ALWAYS = 'unless-stopped';
/** For what has an end: after a failure and when the machine has failed, but not for ever on a file that is wrong. */
export const RUNS_TO_ITS_END = 'on-failure:5';
/** The server's scratch folder: SQLite sorts there what is too much for memory. */
export const SERVER_SCRATCH = scratchFolder('/tmp');

/** The path of an agency's bets, relative to the compose file. */
export function agencyDataPath(agency: number): string {
  return `.data/agency-${agency}.csv`;
}

/** The image of the server, and how it is built. */
export const SERVER_IMAGE = image('server');
export const SERVER_BUILD = build('server', '.', 'server/Dockerfile');

/** The settings of the lottery for every server. Without agencies `AGENCIES` is left to the configuration file. */
export function lotteryEnvironment(clients: number): string[] {
  return clients > 0 ? [`AGENCIES=${clients}`] : [];
}

/**
 * The settings of a server's HTTP door.
 *
 * @param tokensFiles further files of tokens in the container
 */
export function httpEnvironment(tokensFiles: readonly string[] = []): string[] {
  const comma = tokensFiles.length > 0 ? ',' : '';
  return [
    `HTTP_PORT=${HTTP_PORT}`,
    'HTTP_ADDRESS=0.0.0.0',
    `HTTP_TOKENS_FILE=\${LOTTERY_TOKENS:+${TOKENS_PATH}${comma}}${tokensFiles.join(',')}`,
  ];
}

/** What a server may have otherwise than alone. */
export interface ServerParts {
  /** As of {@link httpEnvironment}. */
  readonly http: readonly string[];
  readonly environment: readonly string[];
  readonly volumes: readonly string[];
  /** `depends_on`, where it needs another service. */
  readonly needs: { readonly depends_on?: object };
}

const ALONE: ServerParts = { http: httpEnvironment(), environment: [], volumes: [], needs: {} };

/** What an agency may have otherwise than in an everyday lottery. */
export type AgencyParts = Pick<ServerParts, 'environment' | 'volumes'>;

/** The files of the host that a server reads. */
export const SERVER_FILES = [
  hostFile('./server/config.ini', '/config.ini'),
  hostFile('${LOTTERY_TOKENS:-/dev/null}', TOKENS_PATH),
];

/** A single server with its own ledger. @param parts what it has otherwise than alone */
export function server(clients: number, tls?: TlsPlan, parts: ServerParts = ALONE): object {
  const { environment, volumes, user } = serverTls(tls);
  return {
    container_name: containerName(DOOR_NAME),
    ...SERVER_IMAGE,
    ...SERVER_BUILD,
    ...user,
    environment: [
      ...lotteryEnvironment(clients),
      'DATA_DIR=/data',
      ...parts.http,
      ...environment,
      ...parts.environment,
    ],
    volumes: [...SERVER_FILES, ...volumes, ...parts.volumes, `${LEDGER_VOLUME}:/data`],
    tmpfs: [SERVER_SCRATCH],
    networks: [NETWORK],
    ports: [PUBLISHED_HTTP_PORT],
    ...parts.needs,
    healthcheck: HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(SERVER_LIMITS),
  };
}

/**
 * An agency. It is started when its server answers: of one that cannot start, Compose tells at once.
 *
 * @param agency its number, from 1 on
 * @param needs the services that must be healthy before it is started
 * @param tls how it reaches its server over TLS; without it, as client/config.yaml says
 * @param parts what it has besides
 */
export function client(agency: number, needs: readonly string[], tls?: TlsPlan, parts?: AgencyParts): object {
  const { environment, volumes, user } = agencyTls(agency, DOOR_NAME, tls);
  return {
    container_name: containerName(`client${agency}`),
    ...image('client'),
    // All share one image, which the first builds.
    ...(agency === 1 ? build('client', '.', 'client/Dockerfile') : {}),
    ...user,
    environment: [`CLI_ID=${agency}`, ...environment, ...(parts?.environment ?? [])],
    volumes: [
      hostFile('./client/config.yaml', '/config.yaml'),
      ...volumes,
      ...(parts?.volumes ?? []),
      `${AGENCIES_VOLUME}:/data`,
      hostFile(`./${agencyDataPath(agency)}`, '/data/agency.csv'),
    ],
    tmpfs: [scratchFolder('/tmp')],
    networks: [NETWORK],
    depends_on: Object.fromEntries(needs.map((service) => [service, { condition: 'service_healthy' }])),
    restart: RUNS_TO_ITS_END,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(AGENCY_LIMITS),
  };
}

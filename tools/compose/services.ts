/** The compose services that every lottery has. */

export const NETWORK = 'testing_net';
/** The volume of the ledger of a single server. */
export const LEDGER_VOLUME = 'ledger';

/** The port of the page and the HTTP API in the container, and on the host unless LOTTERY_HTTP_PORT names another. */
export const HTTP_PORT = 8080;
/** The page and the HTTP API are published on the host's loopback address only. */
export const PUBLISHED_HTTP_PORT = `127.0.0.1:\${LOTTERY_HTTP_PORT:-${HTTP_PORT}}:${HTTP_PORT}`;
/** The tokens file in the container. LOTTERY_TOKENS names the host's file; without it, nobody can bet over HTTP. */
const TOKENS_PATH = '/tokens.ini';

/** Docker kills a container this long after SIGTERM; the programs need a second, more on a loaded machine. */
export const STOP_GRACE_PERIOD = '10s';

/** How often the images' HEALTHCHECK runs. */
export const HEALTH_CHECK = { interval: '5s', timeout: '5s', retries: 3, start_period: '30s' };

/** Restarts after a crash, but not for ever on a configuration error, and not after a stop. */
export const RESTART = 'on-failure:5';

/** The path of an agency's bets, relative to the compose file. */
export function agencyDataPath(agency: number): string {
  return `.data/agency-${agency}.csv`;
}

/** The image of the server, and how it is built. */
export const SERVER_IMAGE = { image: 'server:latest', pull_policy: 'never' };
export const SERVER_BUILD = { context: '.', dockerfile: 'server/Dockerfile' };

/** The settings of the lottery for every server. Without agencies `AGENCIES` is left to the configuration file. */
export function lotteryEnvironment(clients: number): string[] {
  return clients > 0 ? [`AGENCIES=${clients}`] : [];
}

/** The settings of a server's HTTP door. */
export const HTTP_ENVIRONMENT = [
  `HTTP_PORT=${HTTP_PORT}`,
  'HTTP_ADDRESS=0.0.0.0',
  `HTTP_TOKENS_FILE=\${LOTTERY_TOKENS:+${TOKENS_PATH}}`,
];

/** The files of the host that a server reads. */
export const SERVER_FILES = [
  './server/config.ini:/config.ini:ro',
  `\${LOTTERY_TOKENS:-/dev/null}:${TOKENS_PATH}:ro`,
];

/** A single server with its own ledger. */
export function server(clients: number): object {
  return {
    container_name: 'server',
    ...SERVER_IMAGE,
    build: SERVER_BUILD,
    environment: [...lotteryEnvironment(clients), 'DATA_DIR=/data', ...HTTP_ENVIRONMENT],
    volumes: [...SERVER_FILES, `${LEDGER_VOLUME}:/data`],
    networks: [NETWORK],
    ports: [PUBLISHED_HTTP_PORT],
    healthcheck: HEALTH_CHECK,
    restart: RESTART,
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

/**
 * An agency.
 *
 * @param agency its number, from 1 on
 * @param door the service that it connects to
 */
export function client(agency: number, door: string): object {
  return {
    container_name: `client${agency}`,
    image: 'client:latest',
    pull_policy: 'never',
    // All share one image, which the first builds.
    ...(agency === 1 ? { build: { context: '.', dockerfile: 'client/Dockerfile' } } : {}),
    environment: [`CLI_ID=${agency}`],
    volumes: ['./client/config.yaml:/config.yaml:ro', `./${agencyDataPath(agency)}:/data/agency.csv:ro`],
    networks: [NETWORK],
    depends_on: [door],
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

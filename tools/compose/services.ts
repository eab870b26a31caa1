/** The services that every lottery in containers is made of, as a compose file describes them. */

export const NETWORK = 'testing_net';
/** The volume of a server's own ledger. */
export const LEDGER_VOLUME = 'ledger';

/** The port of the page and the HTTP API, inside, and on the host where LOTTERY_HTTP_PORT names no other. */
export const HTTP_PORT = 8080;
/** The page and the HTTP API on the host's own loopback address: nobody else reaches it. */
export const PUBLISHED_HTTP_PORT = `127.0.0.1:\${LOTTERY_HTTP_PORT:-${HTTP_PORT}}:${HTTP_PORT}`;
/** The file of tokens, inside. The host's file is named by LOTTERY_TOKENS; without one, nobody bets over HTTP. */
const TOKENS_PATH = '/tokens.ini';

/** Docker kills what has not ended this long after SIGTERM; the programs need a second, a loaded machine more. */
export const STOP_GRACE_PERIOD = '10s';

/** What is asked stands in the images (HEALTHCHECK); this is how often. */
export const HEALTH_CHECK = { interval: '5s', timeout: '5s', retries: 3, start_period: '30s' };

/** A crash is repaired, a mistake in the configuration is not repeated for ever, and a stop is a stop. */
export const RESTART = 'on-failure:5';

/** Where the bets of an agency lie, seen from the folder of the compose file. */
export function agencyDataPath(agency: number): string {
  return `.data/agency-${agency}.csv`;
}

/** The image of the server, and where it is made. */
export const SERVER_IMAGE = { image: 'server:latest', pull_policy: 'never' };
export const SERVER_BUILD = { context: '.', dockerfile: 'server/Dockerfile' };

/** What every server is told about its lottery. Without agencies `AGENCIES` is left to the configuration file. */
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

/** The one server, with a ledger of its own. */
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
    // One image for all: the first builds it.
    ...(agency === 1 ? { build: { context: '.', dockerfile: 'client/Dockerfile' } } : {}),
    environment: [`CLI_ID=${agency}`],
    volumes: ['./client/config.yaml:/config.yaml:ro', `./${agencyDataPath(agency)}:/data/agency.csv:ro`],
    networks: [NETWORK],
    depends_on: [door],
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

/**
 * The text of `docker-compose-dev.yaml`: the central server and its agencies in containers. Pure: no file is read
 * or written here.
 */
import { Document } from 'yaml';

/** The most agencies that one file can have: what {@link SUBNET} and a Linux bridge (1,023 ports) hold with room to spare. */
export const MAX_CLIENTS = 1000;

/** 1,021 addresses for containers: the server, {@link MAX_CLIENTS} agencies, and the netcat of `nc_test.sh`. */
const SUBNET = '172.25.124.0/22';

const NETWORK = 'testing_net';
const LEDGER_VOLUME = 'ledger';

/** The port of the page and the HTTP API, inside, and on the host where LOTTERY_HTTP_PORT names no other. */
const HTTP_PORT = 8080;
/** The file of tokens, inside. The host's file is named by LOTTERY_TOKENS; without one, nobody bets over HTTP. */
const TOKENS_PATH = '/tokens.ini';

/** Docker kills what has not ended this long after SIGTERM; the programs need a second, a loaded machine more. */
const STOP_GRACE_PERIOD = '10s';

/** Where the bets of an agency lie, seen from the folder of the compose file. */
export function agencyDataPath(agency: number): string {
  return `.data/agency-${agency}.csv`;
}

/**
 * Writes out the compose file for a server and so many agencies.
 *
 * The same number gives the same text, byte for byte. Without agencies `AGENCIES` is left to
 * `server/config.ini`, because a lottery has at least one.
 *
 * @param clients how many agencies, 0 to {@link MAX_CLIENTS}
 * @throws RangeError when `clients` is no such number
 */
export function composeFile(clients: number): string {
  if (!Number.isInteger(clients) || clients < 0 || clients > MAX_CLIENTS) {
    throw new RangeError(`${clients} is no number of clients from 0 to ${MAX_CLIENTS}`);
  }
  const agencies = Array.from({ length: clients }, (_, index) => index + 1);
  const document = new Document(
    {
      name: 'lottery',
      services: {
        server: server(clients),
        ...Object.fromEntries(agencies.map((agency) => [`client${agency}`, client(agency)])),
      },
      networks: {
        [NETWORK]: { driver: 'bridge', ipam: { driver: 'default', config: [{ subnet: SUBNET }] } },
      },
      volumes: { [LEDGER_VOLUME]: {} },
    },
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = ` Made by \`npx ts-node compose_maker.ts ${clients}\`: run it again rather than editing this file.`;
  return document.toString({ lineWidth: 0, singleQuote: true });
}

function server(clients: number): object {
  return {
    container_name: 'server',
    image: 'server:latest',
    pull_policy: 'never',
    build: { context: '.', dockerfile: 'server/Dockerfile' },
    environment: [
      ...(clients > 0 ? [`AGENCIES=${clients}`] : []),
      'DATA_DIR=/data',
      `HTTP_PORT=${HTTP_PORT}`,
      'HTTP_ADDRESS=0.0.0.0',
      `HTTP_TOKENS_FILE=\${LOTTERY_TOKENS:+${TOKENS_PATH}}`,
    ],
    volumes: [
      './server/config.ini:/config.ini:ro',
      `\${LOTTERY_TOKENS:-/dev/null}:${TOKENS_PATH}:ro`,
      `${LEDGER_VOLUME}:/data`,
    ],
    networks: [NETWORK],
    // The host's own loopback address: nobody else reaches it.
    ports: [`127.0.0.1:\${LOTTERY_HTTP_PORT:-${HTTP_PORT}}:${HTTP_PORT}`],
    // What is asked stands in the image (HEALTHCHECK); this is how often.
    healthcheck: { interval: '5s', timeout: '5s', retries: 3, start_period: '30s' },
    // A crash is repaired, a mistake in the configuration is not repeated for ever, and a stop is a stop.
    restart: 'on-failure:5',
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

function client(agency: number): object {
  return {
    container_name: `client${agency}`,
    image: 'client:latest',
    pull_policy: 'never',
    // One image for all: the first builds it.
    ...(agency === 1 ? { build: { context: '.', dockerfile: 'client/Dockerfile' } } : {}),
    environment: [`CLI_ID=${agency}`],
    volumes: ['./client/config.yaml:/config.yaml:ro', `./${agencyDataPath(agency)}:/data/agency.csv:ro`],
    networks: [NETWORK],
    depends_on: ['server'],
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

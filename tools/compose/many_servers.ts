/** Several servers over one PostgreSQL, with a balancer in front of them. */
import { BALANCER_LIMITS, confinement, DATABASE_LIMITS, scratchFolder, SERVER_LIMITS } from './confinement';
import { build, containerName, hostFile, image } from './names';
import {
  HEALTH_CHECK,
  HTTP_ENVIRONMENT,
  lotteryEnvironment,
  NETWORK,
  PUBLISHED_HTTP_PORT,
  RUNS_ALWAYS,
  SERVER_BUILD,
  SERVER_FILES,
  SERVER_IMAGE,
  SERVER_SCRATCH,
  STOP_GRACE_PERIOD,
} from './services';

/** The balancer's service and container. */
export const BALANCER = 'balancer';
/** The volume that PostgreSQL stores in. */
export const DATABASE_VOLUME = 'database';
/** The volume with the password of the user `lottery`, which the database makes at its first start. */
export const PASSWORD_VOLUME = 'password';

/** The balancer's name for agencies and for `nc_test.sh`: that of the only server when there is one. */
const DOOR_NAME = 'server';
/** The DNS name that resolves to all servers, for the balancer. */
const SERVERS_NAME = 'servers';
/** The port on which the balancer reaches the servers, whatever server/config.ini says. */
const SERVER_PORT = 12345;

/** More than the balancer passes on (compose/balancer/haproxy.cfg). */
const MAX_CONNECTIONS = 10_000;
/** Where the password's volume is in a container. */
const PASSWORD_FOLDER = '/password';
/** Where the database's image keeps its socket. */
const SOCKET_FOLDER = '/run/postgresql';
/** PostgreSQL flushes its buffers when it is stopped. */
const DATABASE_STOP_GRACE_PERIOD = '30s';

/** Agencies wait for it in vain when no server can start: not for long. */
const BALANCER_HEALTH_CHECK = { ...HEALTH_CHECK, start_period: '10s' };

/** The services other than the agencies, by name: the database, the servers, the balancer. */
export function manyServers(clients: number, servers: number): Record<string, object> {
  const names = Array.from({ length: servers }, (_, index) => `server${index + 1}`);
  return {
    database: database(),
    ...Object.fromEntries(names.map((name, index) => [name, server(name, clients, index === 0)])),
    [BALANCER]: balancer(names),
  };
}

function database(): object {
  return {
    container_name: containerName('database'),
    ...image('database'),
    ...build('database', './compose/database'),
    environment: ['DATABASE_PASSWORD=${LOTTERY_DATABASE_PASSWORD:-}'],
    volumes: [
      hostFile('./compose/database/postgresql.conf', '/postgresql.conf'),
      `${DATABASE_VOLUME}:/data`,
      `${PASSWORD_VOLUME}:${PASSWORD_FOLDER}`,
    ],
    tmpfs: [scratchFolder(SOCKET_FOLDER), scratchFolder('/tmp')],
    networks: [NETWORK],
    healthcheck: HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: DATABASE_STOP_GRACE_PERIOD,
    ...confinement(DATABASE_LIMITS),
  };
}

function server(name: string, clients: number, isBuilder: boolean): object {
  return {
    container_name: containerName(name),
    ...SERVER_IMAGE,
    // All share one image, which the first builds.
    ...(isBuilder ? SERVER_BUILD : {}),
    environment: [
      ...lotteryEnvironment(clients),
      'LEDGER=postgres',
      'DATABASE_URL=postgresql://lottery@database:5432/lottery',
      `DATABASE_PASSWORD_FILE=${PASSWORD_FOLDER}/lottery`,
      `SERVER_PORT=${SERVER_PORT}`,
      // All agencies have the balancer's address.
      `MAX_CONNECTIONS_PER_ADDRESS=${MAX_CONNECTIONS}`,
      ...HTTP_ENVIRONMENT,
    ],
    volumes: [...SERVER_FILES, `${PASSWORD_VOLUME}:${PASSWORD_FOLDER}:ro`],
    // The image declares a volume for the server's own ledger, and each server would leave an empty one behind.
    tmpfs: ['/data', SERVER_SCRATCH],
    networks: { [NETWORK]: { aliases: [SERVERS_NAME] } },
    depends_on: { database: { condition: 'service_healthy' } },
    healthcheck: HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(SERVER_LIMITS),
  };
}

function balancer(servers: readonly string[]): object {
  return {
    container_name: containerName(BALANCER),
    ...image(BALANCER),
    ...build(BALANCER, './compose/balancer'),
    environment: [`SERVERS=${servers.length}`],
    volumes: [hostFile('./compose/balancer/haproxy.cfg', '/haproxy.cfg')],
    networks: { [NETWORK]: { aliases: [DOOR_NAME] } },
    ports: [PUBLISHED_HTTP_PORT],
    depends_on: servers,
    healthcheck: BALANCER_HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(BALANCER_LIMITS),
  };
}

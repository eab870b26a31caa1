/** Several servers over one PostgreSQL, with a balancer in front of them. */
import {
  HEALTH_CHECK,
  HTTP_ENVIRONMENT,
  lotteryEnvironment,
  NETWORK,
  PUBLISHED_HTTP_PORT,
  RESTART,
  SERVER_BUILD,
  SERVER_FILES,
  SERVER_IMAGE,
  STOP_GRACE_PERIOD,
} from './services';

/** The balancer's service and container. */
export const BALANCER = 'balancer';
/** The volume that PostgreSQL stores in. */
export const DATABASE_VOLUME = 'database';

/** The balancer's name for agencies and for `nc_test.sh`: that of the only server when there is one. */
const DOOR_NAME = 'server';
/** The DNS name that resolves to all servers, for the balancer. */
const SERVERS_NAME = 'servers';
/** The port on which the balancer reaches the servers, whatever server/config.ini says. */
const SERVER_PORT = 12345;

/** More than the balancer passes on (compose/balancer/haproxy.cfg). */
const MAX_CONNECTIONS = 10_000;

/** The database's password, from a variable of the host, for the database and the servers. */
const PASSWORD = '${LOTTERY_DATABASE_PASSWORD:-lottery}';
/** PostgreSQL flushes its buffers when it is stopped. */
const DATABASE_STOP_GRACE_PERIOD = '30s';
/** The servers start when the database is healthy, so it is checked often. */
const DATABASE_HEALTH_CHECK = { ...HEALTH_CHECK, interval: '2s' };
/**
 * A server that cannot reach its database at the start exits. Docker restarts it after 0.1 s, then after twice as long
 * each time, at most a minute: this many restarts take longer than an agency waits for a server (ten minutes).
 */
const SERVER_RESTART = 'on-failure:20';

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
    container_name: 'database',
    image: 'database:latest',
    pull_policy: 'never',
    build: './compose/database',
    environment: [`DATABASE_PASSWORD=${PASSWORD}`],
    volumes: ['./compose/database/postgresql.conf:/postgresql.conf:ro', `${DATABASE_VOLUME}:/data`],
    networks: [NETWORK],
    healthcheck: DATABASE_HEALTH_CHECK,
    restart: RESTART,
    stop_grace_period: DATABASE_STOP_GRACE_PERIOD,
  };
}

function server(name: string, clients: number, isBuilder: boolean): object {
  return {
    container_name: name,
    ...SERVER_IMAGE,
    // All share one image, which the first builds.
    ...(isBuilder ? { build: SERVER_BUILD } : {}),
    environment: [
      ...lotteryEnvironment(clients),
      'LEDGER=postgres',
      `DATABASE_URL=postgresql://lottery:${PASSWORD}@database:5432/lottery`,
      `SERVER_PORT=${SERVER_PORT}`,
      // All agencies have the balancer's address.
      `MAX_CONNECTIONS_PER_ADDRESS=${MAX_CONNECTIONS}`,
      ...HTTP_ENVIRONMENT,
    ],
    volumes: SERVER_FILES,
    // The image declares a volume for the server's own ledger, and each server would leave an empty one behind.
    tmpfs: ['/data'],
    networks: { [NETWORK]: { aliases: [SERVERS_NAME] } },
    depends_on: { database: { condition: 'service_healthy' } },
    healthcheck: HEALTH_CHECK,
    restart: SERVER_RESTART,
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

function balancer(servers: readonly string[]): object {
  return {
    container_name: BALANCER,
    image: 'balancer:latest',
    pull_policy: 'never',
    build: './compose/balancer',
    environment: [`SERVERS=${servers.length}`],
    volumes: ['./compose/balancer/haproxy.cfg:/haproxy.cfg:ro'],
    networks: { [NETWORK]: { aliases: [DOOR_NAME] } },
    ports: [PUBLISHED_HTTP_PORT],
    depends_on: servers,
    healthcheck: HEALTH_CHECK,
    restart: RESTART,
    stop_grace_period: STOP_GRACE_PERIOD,
  };
}

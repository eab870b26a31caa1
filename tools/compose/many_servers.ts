/** Several servers over one database, with a balancer in front of them. */
import { BALANCER_LIMITS, confinement, SERVER_LIMITS } from './confinement';
import { DATABASE, database, databaseEnvironment, DatabaseLedger, passwordVolume } from './database';
import { build, containerName, hostFile, image } from './names';
import {
  DOOR_NAME,
  HEALTH_CHECK,
  httpEnvironment,
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
import { serverTls, TlsPlan } from './tls';

/** The balancer's service and container. */
export const BALANCER = 'balancer';

/** The DNS name that resolves to all servers, for the balancer. */
const SERVERS_NAME = 'servers';
/** The port on which the balancer reaches the servers, whatever server/config.ini says. */
const SERVER_PORT = 12345;

/** More than the balancer passes on (compose/balancer/haproxy.cfg). */
const MAX_CONNECTIONS = 10_000;

/** Agencies wait for it in vain when no server can start: not for long. */
const BALANCER_HEALTH_CHECK = { ...HEALTH_CHECK, start_period: '10s' };

/** The services other than the agencies, by name: the database, the servers, the balancer. */
export function manyServers(
  clients: number,
  servers: number,
  ledger: DatabaseLedger,
  tls?: TlsPlan,
): Record<string, object> {
  const names = Array.from({ length: servers }, (_, index) => `server${index + 1}`);
  const common = server(clients, ledger, tls);
  return {
    [DATABASE]: database(ledger, { tls: tls !== undefined }),
    ...Object.fromEntries(
      names.map((name, index) => [
        name,
        // All share one image, which the first builds.
        {
          container_name: containerName(name),
          ...SERVER_IMAGE,
          ...(index === 0 ? SERVER_BUILD : {}),
          ...common,
        },
      ]),
    ),
    [BALANCER]: balancer(names, tls),
  };
}

/** What all servers have. */
function server(clients: number, ledger: DatabaseLedger, tls: TlsPlan | undefined): object {
  const { environment, volumes, user } = serverTls(tls);
  return {
    ...user,
    environment: [
      ...lotteryEnvironment(clients),
      ...databaseEnvironment(ledger, { tls: tls !== undefined }),
      `SERVER_PORT=${SERVER_PORT}`,
      // All agencies have the balancer's address.
      `MAX_CONNECTIONS_PER_ADDRESS=${MAX_CONNECTIONS}`,
      ...httpEnvironment(),
      ...environment,
    ],
    volumes: [...SERVER_FILES, ...volumes, `${passwordVolume(ledger)}:ro`],
    // The image declares a volume for the server's own ledger, and each server would leave an empty one behind.
    tmpfs: ['/data', SERVER_SCRATCH],
    networks: { [NETWORK]: { aliases: [SERVERS_NAME] } },
    depends_on: { [DATABASE]: { condition: 'service_healthy' } },
    healthcheck: HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(SERVER_LIMITS),
  };
}

function balancer(servers: readonly string[], tls: TlsPlan | undefined): object {
  return {
    container_name: containerName(BALANCER),
    ...image(BALANCER),
    ...build(BALANCER, './compose/balancer'),
    environment: [`SERVERS=${servers.length}`, ...(tls === undefined ? [] : ['TLS=on'])],
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

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
  ServerParts,
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

/**
 * The services other than the agencies, by name: the database, the servers, the balancer.
 *
 * @param parts what each server has besides where it keeps a log of receipts, each in a volume of {@link logVolumes}
 */
export function manyServers(
  clients: number,
  servers: number,
  ledger: DatabaseLedger,
  tls?: TlsPlan,
  parts?: ServerParts,
): Record<string, object> {
  const names = serverNames(servers);
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
          ...server(name, { clients, ledger, tls, parts }),
        },
      ]),
    ),
    [BALANCER]: balancer(names, tls),
  };
}

/** The volumes of the servers' logs: each has all of it, and makes it again from the database where it is lost. */
export function logVolumes(servers: number): string[] {
  return serverNames(servers).map(logVolume);
}

function serverNames(servers: number): string[] {
  return Array.from({ length: servers }, (_, index) => `server${index + 1}`);
}

const logVolume = (name: string): string => `${name}-log`;

interface ServersPlan {
  readonly clients: number;
  readonly ledger: DatabaseLedger;
  readonly tls: TlsPlan | undefined;
  readonly parts: ServerParts | undefined;
}

/** What a server has besides its image. */
function server(name: string, { clients, ledger, tls, parts }: ServersPlan): object {
  const { environment, volumes, user } = serverTls(tls);
  // The image declares a volume for the server's own ledger: without a log, each server would leave an empty one behind.
  const data =
    parts === undefined
      ? { volumes: [], tmpfs: ['/data'] }
      : { volumes: [`${logVolume(name)}:/data`], tmpfs: [] };
  return {
    ...user,
    environment: [
      ...lotteryEnvironment(clients),
      ...databaseEnvironment(ledger, { tls: tls !== undefined }),
      `SERVER_PORT=${SERVER_PORT}`,
      // All agencies have the balancer's address.
      `MAX_CONNECTIONS_PER_ADDRESS=${MAX_CONNECTIONS}`,
      ...(parts === undefined ? [] : ['DATA_DIR=/data']),
      ...(parts?.http ?? httpEnvironment()),
      ...environment,
      ...(parts?.environment ?? []),
    ],
    volumes: [
      ...SERVER_FILES,
      ...volumes,
      ...(parts?.volumes ?? []),
      `${passwordVolume(ledger)}:ro`,
      ...data.volumes,
    ],
    tmpfs: [...data.tmpfs, SERVER_SCRATCH],
    networks: { [NETWORK]: { aliases: [SERVERS_NAME] } },
    depends_on: { [DATABASE]: { condition: 'service_healthy' }, ...parts?.needs.depends_on },
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

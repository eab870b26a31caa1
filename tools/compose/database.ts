/** The database that several servers share: PostgreSQL or Redis. */
import { confinement, Limits, POSTGRES_LIMITS, REDIS_LIMITS, scratchFolder } from './confinement';
import { build, containerName, hostFile, image } from './names';
import { HEALTH_CHECK, NETWORK, RUNS_ALWAYS } from './services';

/** The ledgers of servers that share one, as the server's setting LEDGER calls them. */
export const DATABASE_LEDGERS = ['postgres', 'redis'] as const;
export type DatabaseLedger = (typeof DATABASE_LEDGERS)[number];

/** The database's service and container, whichever it is. */
export const DATABASE = 'database';

/** Where the images are made. */
const FOLDER = './compose/database';
/** Where the password's volume is in a container. The database puts its certificate there too. */
const PASSWORD_FOLDER = '/password';
const CERTIFICATE = `${PASSWORD_FOLDER}/database.pem`;
/** PostgreSQL flushes its buffers when it is stopped. */
const STOP_GRACE_PERIOD = '30s';

interface Engine {
  readonly image: string;
  /** Its volume, and the volume with the password of the user `lottery`, which it makes at its first start. */
  readonly volumes: readonly [data: string, password: string];
  /** Its configuration file in its folder, mounted at the root. */
  readonly configuration: string;
  /** Where its image writes what nobody keeps. */
  readonly scratch: readonly string[];
  readonly limits: Limits;
  /** How a server reaches it without TLS and with it: settings, without the password. */
  readonly plain: readonly string[];
  readonly tls: readonly string[];
}

/** How the database is reached. */
export interface DatabaseOptions {
  /** Whether over TLS alone, with a certificate that the servers verify; `false` if left out. */
  readonly tls?: boolean;
}

/** Each has volumes of its own: one does not begin on what the other has stored, and what it has stored stays. */
const ENGINES: Readonly<Record<DatabaseLedger, Engine>> = {
  postgres: {
    image: DATABASE,
    volumes: ['database', 'password'],
    configuration: 'postgresql.conf',
    scratch: ['/run/postgresql', '/tmp'],
    limits: POSTGRES_LIMITS,
    plain: [`DATABASE_URL=postgresql://lottery@${DATABASE}:5432/lottery?sslmode=disable`],
    tls: [
      `DATABASE_URL=postgresql://lottery@${DATABASE}:5432/lottery?sslmode=verify-full&sslrootcert=${CERTIFICATE}`,
    ],
  },
  redis: {
    // Not `redis`: that is what Redis's own image is called.
    image: 'database-redis',
    volumes: ['redis', 'redis-password'],
    configuration: 'redis.conf',
    scratch: ['/run/redis'],
    limits: REDIS_LIMITS,
    plain: [`REDIS_URL=redis://lottery@${DATABASE}:6379/0`],
    tls: [`REDIS_URL=rediss://lottery@${DATABASE}:6379/0`, `REDIS_TLS_CA=${CERTIFICATE}`],
  },
};

/** The database's service. */
export function database(ledger: DatabaseLedger, { tls = false }: DatabaseOptions = {}): object {
  const { image: name, volumes, configuration, scratch, limits } = ENGINES[ledger];
  return {
    container_name: containerName(DATABASE),
    ...image(name),
    ...build(name, FOLDER, `${ledger}/Dockerfile`),
    environment: ['DATABASE_PASSWORD=${LOTTERY_DATABASE_PASSWORD:-}', ...(tls ? ['DATABASE_TLS=on'] : [])],
    volumes: [
      hostFile(`${FOLDER}/${ledger}/${configuration}`, `/${configuration}`),
      `${volumes[0]}:/data`,
      passwordVolume(ledger),
    ],
    tmpfs: scratch.map(scratchFolder),
    networks: [NETWORK],
    healthcheck: HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(limits),
  };
}

/** The names of the volumes that the services use. */
export function databaseVolumes(ledger: DatabaseLedger): readonly string[] {
  return ENGINES[ledger].volumes;
}

/** The volume with the password, and where it is in a container. */
export function passwordVolume(ledger: DatabaseLedger): string {
  return `${ENGINES[ledger].volumes[1]}:${PASSWORD_FOLDER}`;
}

/** The settings with which a server reaches the database. */
export function databaseEnvironment(ledger: DatabaseLedger, { tls = false }: DatabaseOptions = {}): string[] {
  const engine = ENGINES[ledger];
  const reached = tls ? engine.tls : engine.plain;
  return [`LEDGER=${ledger}`, ...reached, `DATABASE_PASSWORD_FILE=${PASSWORD_FOLDER}/lottery`];
}

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
/** Where the password's volume is in a container. */
const PASSWORD_FOLDER = '/password';
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
  /** How a server reaches it: a setting, without the password. */
  readonly url: string;
}

/** Each has volumes of its own: one does not begin on what the other has stored, and what it has stored stays. */
const ENGINES: Readonly<Record<DatabaseLedger, Engine>> = {
  postgres: {
    image: DATABASE,
    volumes: ['database', 'password'],
    configuration: 'postgresql.conf',
    scratch: ['/run/postgresql', '/tmp'],
    limits: POSTGRES_LIMITS,
    url: `DATABASE_URL=postgresql://lottery@${DATABASE}:5432/lottery?sslmode=disable`,
  },
  redis: {
    // Not `redis`: that is what Redis's own image is called.
    image: 'database-redis',
    volumes: ['redis', 'redis-password'],
    configuration: 'redis.conf',
    scratch: ['/run/redis'],
    limits: REDIS_LIMITS,
    url: `REDIS_URL=redis://lottery@${DATABASE}:6379/0`,
  },
};

/** The database's service. */
export function database(ledger: DatabaseLedger): object {
  const { image: name, volumes, configuration, scratch, limits } = ENGINES[ledger];
  return {
    container_name: containerName(DATABASE),
    ...image(name),
    ...build(name, FOLDER, `${ledger}/Dockerfile`),
    environment: ['DATABASE_PASSWORD=${LOTTERY_DATABASE_PASSWORD:-}'],
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
export function databaseEnvironment(ledger: DatabaseLedger): string[] {
  return [`LEDGER=${ledger}`, ENGINES[ledger].url, `DATABASE_PASSWORD_FILE=${PASSWORD_FOLDER}/lottery`];
}

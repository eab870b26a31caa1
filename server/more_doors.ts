/** The doors beside the agencies': HTTP and memcached. Their modules are loaded only where there is to be one. */
import { allowedBy, listenAddressOf } from './listen_settings';
import { credentialFilesOf } from './tls_settings';
import type { Credentials, ReadRevocations } from './doors/tls/credentials';
import type { Clock } from '../program/clock';
import { ConfigurationError } from '../program/exit';
import type { Log } from '../program/log';
import { LogLimiter } from '../program/log_limiter';
import type { ServerKey, ServerSettings } from './config';
import { DoorConnections, shareConnections } from './doors/connection_shares';
import { HTTP_LIMITS } from './doors/http/limits';
import { readTokens, Tokens } from './doors/http/requests/tokens';
import type { CheckPool } from './doors/http/workers/check_pool';
import type { Lottery } from './lottery/lottery';
import type { Telemetry } from './telemetry/telemetry';

/** Connections of the memcached door: further ones are closed at once. */
const MAX_MEMCACHED_CONNECTIONS = 2_048;

/** A door that listens. */
export interface OpenDoor {
  /** Stops accepting, answers what is under way, and closes all connections. */
  close(): Promise<void>;
}

/** What the doors open to. */
export interface DoorParts {
  readonly settings: ServerSettings;
  readonly lottery: Lottery;
  readonly telemetry: Telemetry;
  readonly connections: DoorConnections;
  readonly tokens: Tokens | undefined;
  /** Those of the doors that speak TLS; `undefined` where none does. */
  readonly credentials: Credentials | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws ConfigurationError when the file of tokens is wrong */
export function tokensOf(settings: ServerSettings, log: Log): Tokens | undefined {
  const { HTTP_TOKENS_FILE: file, AGENCIES } = settings.configuration;
  if (file === undefined) return undefined;
  const warn = (reason: string): void => log.warning('config', 'success', { http_tokens_file: reason });
  return withPlace(settings, 'HTTP_TOKENS_FILE', () => readTokens(file, AGENCIES, warn));
}

/** @throws ConfigurationError when files are missing or wrong */
export async function credentialsOf(settings: ServerSettings, log: Log): Promise<Credentials | undefined> {
  const files = credentialFilesOf(settings);
  if (files === undefined) return undefined;
  const { Credentials } = await import('./doors/tls/credentials.js');
  const read: ReadRevocations = async (file, lists) => {
    const { Revocations } = await import('./doors/tls/revocations.js');
    return Revocations.read(file, lists);
  };
  return Credentials.read(files, read, (reason) =>
    log.warning('config', 'success', { certificates: reason }),
  );
}

/** How many connections each door can have. @throws OperationError when none is left */
export function connectionsOf({ configuration }: ServerSettings): DoorConnections {
  const { MAX_CONNECTIONS, HTTP_PORT, HTTP_MAX_CONNECTIONS, MEMCACHED_PORT } = configuration;
  return shareConnections({
    tcp: MAX_CONNECTIONS,
    http: HTTP_PORT === undefined ? 0 : HTTP_MAX_CONNECTIONS,
    memcached: MEMCACHED_PORT === undefined ? 0 : MAX_MEMCACHED_CONNECTIONS,
  });
}

/** Opens those that the settings ask for. @throws OperationError when one cannot listen; none is open then */
export async function openMoreDoors(parts: DoorParts): Promise<OpenDoor[]> {
  const { HTTP_PORT, MEMCACHED_PORT } = parts.settings.configuration;
  const doors: OpenDoor[] = [];
  try {
    if (HTTP_PORT !== undefined) doors.push(await openHttpDoor(parts, HTTP_PORT));
    if (MEMCACHED_PORT !== undefined) doors.push(await openMemcachedDoor(parts, MEMCACHED_PORT));
  } catch (error) {
    await Promise.all(doors.map((door) => door.close()));
    throw error;
  }
  return doors;
}

async function openHttpDoor(parts: DoorParts, port: number): Promise<OpenDoor> {
  const { settings, connections, tokens, log, ...rest } = parts;
  const { HTTP_ADDRESS, MAX_PAYLOAD_BYTES, MAX_CONNECTIONS_PER_ADDRESS } = settings.configuration;
  const { HttpDoor } = await import('./doors/http/http_door.js');
  const door = new HttpDoor({
    ...rest,
    log,
    checkPool: await checkPoolOf(parts),
    settings: {
      port,
      address: HTTP_ADDRESS,
      tokens,
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      maxConnectionsPerAddress: MAX_CONNECTIONS_PER_ADDRESS,
    },
    limits: { ...HTTP_LIMITS, maxConnections: connections.http },
  });
  try {
    log.info('accept_http', 'in_progress', { ...(await door.listen()) });
  } catch (error) {
    await door.close();
    throw error;
  }
  return door;
}

/** The workers that check long bodies; `undefined` where there are to be none. */
async function checkPoolOf({ settings, clock, log }: DoorParts): Promise<CheckPool | undefined> {
  const { HTTP_WORKERS: workers } = settings.configuration;
  if (workers === 0) return undefined;
  const { CheckPool } = await import('./doors/http/workers/check_pool.js');
  const limiter = new LogLimiter(() => clock.nowMs());
  const onLost = (reason: string): void => {
    const more = limiter.admit('lost');
    if (more !== undefined)
      log.warning('check_batch', 'fail', { door: 'http', worker: 'replaced', reason, more });
  };
  return new CheckPool({ workers, clock, onLost });
}

async function openMemcachedDoor(parts: DoorParts, port: number): Promise<OpenDoor> {
  const { settings, connections, tokens, lottery, telemetry, clock, log } = parts;
  const { configuration } = settings;
  const { MEMCACHED_ADDRESS: address, SERVER_LISTEN_BACKLOG: backlog } = configuration;
  const handshakes = undefined;
  const { createMemcachedDoor } = await import('./doors/memcached/memcached_door.js');
  const door = createMemcachedDoor(
    lottery,
    telemetry,
    {
      listeners: [{ name: 'memcached', port, address: listenAddressOf(address), backlog, handshakes }],
      allows: allowedBy(configuration.MEMCACHED_ALLOW),
      tokens,
      maxConnections: connections.memcached,
      maxConnectionsPerAddress: configuration.MAX_CONNECTIONS_PER_ADDRESS,
      maxPayloadBytes: configuration.MAX_PAYLOAD_BYTES,
      idleTimeoutMs: configuration.IDLE_TIMEOUT_MS,
    },
    clock,
    log,
  );
  const [listeningPort = port] = await door.listen();
  log.info('accept_memcached', 'in_progress', { address, port: listeningPort });
  return door;
}

/** Does something for a setting. @throws ConfigurationError with the setting's place and key in front */
function withPlace<Result>({ placeOf }: ServerSettings, key: ServerKey, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(`${placeOf(key)}: ${key}: ${error.message}`);
  }
}

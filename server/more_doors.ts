/** The doors beside the agencies': HTTP and memcached. Their modules are loaded only where there is to be one. */
import { allowedBy, listenAddressOf } from './listen_settings';
import { tlsDoorsOf } from './tls_settings';
import type { DoorTls } from './doors/tls/door_tls';
import type { HandshakeSettings } from './doors/tls/handshakes';
import type { TlsCredentials } from './doors/tls/tls_credentials';
import type { Clock } from '../program/clock';
import type { Log } from '../program/log';
import { LogLimiter } from '../program/log_limiter';
import type { ServerSettings } from './config';
import { DoorConnections, shareConnections } from './doors/connection_shares';
import { HTTP_LIMITS } from './doors/http/limits';
import type { CurrentTokens } from './doors/identity/current_tokens';
import type { CheckPool } from './doors/http/workers/check_pool';
import type { GivenNumber } from './lottery/draw_number';
import type { Lottery } from './lottery/lottery';
import type { Telemetry } from './telemetry/telemetry';
import type { TransparencyLog } from './transparency/transparency_log';

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
  /** Who has which token; that may change while the doors are open. */
  readonly tokens: CurrentTokens;
  /** Those of the doors that speak TLS; `undefined` where none does. */
  readonly tls: TlsCredentials | undefined;
  /** The log that receipts are cut out of, where there is one. */
  readonly receipts: Pick<TransparencyLog, 'folder' | 'leaves'> | undefined;
  /** Whether the bundle of the draw is not given for now. */
  readonly isBundleHeld: () => boolean;
  /** A winning number that is given over HTTP, where there is one. */
  readonly number: GivenNumber | undefined;
  readonly clock: Clock;
  readonly log: Log;
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

/**
 * Begins to load the many modules of the HTTP door, where there is to be one: the main thread has nothing else to do while the
 * ledger is opened. What goes wrong is told when the door is opened.
 */
export function prepareHttpDoor({ configuration }: ServerSettings): void {
  if (configuration.HTTP_PORT !== undefined) loadHttpDoor().catch(() => undefined);
}

const loadHttpDoor = () => import('./doors/http/http_door.js');

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
  const { settings, connections, tokens, lottery, telemetry, receipts, isBundleHeld, number, clock, log } =
    parts;
  const { configuration } = settings;
  const { HTTP_ADDRESS, HTTP_ALLOW, MAX_PAYLOAD_BYTES, MAX_CONNECTIONS_PER_ADDRESS } = configuration;
  const tls = tlsDoorsOf(configuration).http
    ? await doorTlsOf({ door: 'http', applicationProtocols: ['http/1.1'] }, parts)
    : undefined;
  const { HttpDoor } = await loadHttpDoor();
  const door = new HttpDoor({
    lottery,
    telemetry,
    clock,
    log,
    checkPool: await checkPoolOf(parts),
    settings: {
      port,
      address: listenAddressOf(HTTP_ADDRESS),
      allows: allowedBy(HTTP_ALLOW),
      tls,
      tokens,
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      maxConnectionsPerAddress: MAX_CONNECTIONS_PER_ADDRESS,
      logFolder: receipts?.folder,
      onLogLost: warningOfLostFiles(parts),
      isBundleHeld,
      number,
      controlLeaves: receipts && ((after, limit) => receipts.leaves(after, limit)),
    },
    limits: { ...HTTP_LIMITS, maxConnections: connections.http },
  });
  try {
    const bound = await door.listen();
    log.info('accept_http', 'in_progress', { ...bound, ...(tls && { tls: true }) });
  } catch (error) {
    await door.close();
    throw error;
  }
  return door;
}

/** A warning once a second at most, whoever asks for what is gone. */
function warningOfLostFiles({ clock, log }: DoorParts): (file: string) => void {
  const limiter = new LogLimiter(() => clock.nowMs());
  return (file) => {
    const more = limiter.admit('lost');
    const meaning = 'the log of receipts is lost: put its folder back from a copy';
    if (more !== undefined) log.warning('read_receipts', 'fail', { lost: file, meaning, more });
  };
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
  const tls = tlsDoorsOf(configuration).memcached ? await doorTlsOf({ door: 'memcached' }, parts) : undefined;
  const { createMemcachedDoor } = await import('./doors/memcached/memcached_door.js');
  const door = createMemcachedDoor(
    lottery,
    telemetry,
    {
      listeners: [
        { name: 'memcached', port, address: listenAddressOf(address), backlog, handshakes: tls?.handshakes },
      ],
      tls,
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
  log.info('accept_memcached', 'in_progress', { address, port: listeningPort, ...(tls && { tls: true }) });
  return door;
}

/** TLS of a door; `undefined` where no door speaks TLS. */
async function doorTlsOf(
  handshakes: HandshakeSettings & { readonly door: 'http' | 'memcached' },
  { settings, tls, telemetry, clock, log }: DoorParts,
): Promise<DoorTls | undefined> {
  if (tls === undefined) return undefined;
  const { DoorTls } = await import('./doors/tls/door_tls.js');
  const door = new DoorTls(handshakes, settings.configuration.AGENCIES, tls, clock, log);
  telemetry.watchHandshakes(handshakes.door, door.handshakes);
  return door;
}

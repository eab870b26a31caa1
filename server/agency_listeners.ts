/** The agencies' door as the settings want it: with TLS, without, or both. */
import type { Request } from '../protocol/request_decoder';
import { createAgencyDoor } from './doors/agencies/agency_door';
import { PLAIN_LISTENER, TLS_LISTENER } from './doors/agencies/peer_rights';
import type { ListenerSettings } from './doors/stream/listener';
import type { StreamDoor } from './doors/stream/stream_door';
import { allowedBy, listenAddressOf } from './listen_settings';
import type { DoorParts } from './more_doors';

/** The agencies' door, which is still to be told to listen. */
export async function createAgencyDoorOf(parts: DoorParts): Promise<StreamDoor<Request>> {
  const { settings, lottery, telemetry, connections, tls, clock, log } = parts;
  const { configuration } = settings;
  const door = createAgencyDoor(
    lottery,
    telemetry,
    {
      listeners: await listenersOf(parts),
      plainMessages: configuration.SERVER_PORT_MESSAGES,
      allows: allowedBy(configuration.SERVER_ALLOW),
      maxConnections: connections.tcp,
      maxConnectionsPerAddress: configuration.MAX_CONNECTIONS_PER_ADDRESS,
      maxPayloadBytes: configuration.MAX_PAYLOAD_BYTES,
      idleTimeoutMs: configuration.IDLE_TIMEOUT_MS,
    },
    clock,
    log,
  );
  tls?.onChange(() => {
    const dropped = door.dropCertificates((certificate) => tls.isLost(certificate, Date.now()));
    if (dropped > 0) log.info('revoke', 'success', { door: 'tls', connections: dropped });
  });
  return door;
}

/** Begins to accept agencies, and logs where. @returns the port without TLS, or with it where there is none without */
export async function listenForAgencies(
  door: StreamDoor<Request>,
  { settings, log }: DoorParts,
): Promise<number> {
  const ports = await door.listen();
  const isPlain = settings.configuration.SERVER_PORT !== undefined;
  for (const [index, port] of ports.entries()) {
    log.info('accept_connections', 'in_progress', { port, ...((index > 0 || !isPlain) && { tls: true }) });
  }
  return ports[0]!;
}

async function listenersOf({ settings, telemetry, tls, clock, log }: DoorParts): Promise<ListenerSettings[]> {
  const { configuration } = settings;
  const { SERVER_PORT, SERVER_LISTEN_ADDRESS, SERVER_TLS_PORT, SERVER_TLS_ADDRESS } = configuration;
  const backlog = configuration.SERVER_LISTEN_BACKLOG;
  const listeners: ListenerSettings[] = [];
  if (SERVER_PORT !== undefined) {
    const address = listenAddressOf(SERVER_LISTEN_ADDRESS);
    listeners.push({ name: PLAIN_LISTENER, port: SERVER_PORT, address, backlog });
  }
  if (SERVER_TLS_PORT !== undefined && tls !== undefined) {
    const { TlsHandshakes } = await import('./doors/tls/handshakes.js');
    const handshakes = new TlsHandshakes({ door: 'tls' }, tls, clock, log);
    telemetry.watchHandshakes('tcp', handshakes);
    const address = listenAddressOf(SERVER_TLS_ADDRESS);
    listeners.push({ name: TLS_LISTENER, port: SERVER_TLS_PORT, address, backlog, handshakes });
  }
  return listeners;
}

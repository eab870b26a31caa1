import { Clock } from '../../../program/clock';
import { Log } from '../../../program/log';
import { Request } from '../../../protocol/request_decoder';
import { Lottery } from '../../lottery/lottery';
import { Telemetry } from '../../telemetry/telemetry';
import { Places } from '../places';
import { RoomQueue } from '../stream/room_queue';
import { StreamDoor, StreamDoorSettings } from '../stream/stream_door';
import { AgencyContext } from './agency_context';
import { AgencyProtocol } from './agency_protocol';
import type { PlainMessages } from './peer_rights';

/** The settings of the agencies' door. */
export interface AgencyDoorSettings extends StreamDoorSettings {
  readonly maxPayloadBytes: number;
  /** What is answered without TLS; everything if left out. */
  readonly plainMessages?: PlainMessages | undefined;
  /** How many connections one address may have; half of all if left out. */
  readonly maxConnectionsPerAddress?: number | undefined;
}

/** The agencies' door over TCP, which is still to be told to listen. */
export function createAgencyDoor(
  lottery: Lottery,
  telemetry: Telemetry,
  settings: AgencyDoorSettings,
  clock: Clock,
  log: Log,
): StreamDoor<Request> {
  const context = new AgencyContext(lottery, telemetry, clock, log);
  const protocol = new AgencyProtocol(context, settings.maxPayloadBytes, settings.plainMessages);
  const places = new Places(settings.maxConnections, settings.maxConnectionsPerAddress);
  const door = new StreamDoor(protocol, settings, places, new RoomQueue(lottery), clock, log);
  telemetry.watchConnections('tcp', () => door.connectionCount);
  return door;
}

import type { Clock } from '../../../program/clock';
import type { Log } from '../../../program/log';
import { SpareMemory } from '../../../protocol/spare_memory';
import type { Lottery } from '../../lottery/lottery';
import type { Telemetry } from '../../telemetry/telemetry';
import type { CurrentTokens } from '../identity/current_tokens';
import { Places } from '../places';
import type { Entrance, ReplyStream, StreamProtocol } from '../stream/conversation';
import { RoomQueue } from '../stream/room_queue';
import { StreamDoor, StreamDoorSettings } from '../stream/stream_door';
import type { DoorTls } from '../tls/door_tls';
import type { Command } from './command';
import { CommandDecoder } from './command_decoder';
import { MemcachedContext } from './memcached_context';
import { MemcachedConversation } from './memcached_conversation';

/** The settings of the memcached door. */
export interface MemcachedDoorSettings extends StreamDoorSettings {
  /** Who may use it by a token; whoever reaches it, where there are neither tokens nor certificates. */
  readonly tokens: CurrentTokens;
  /** Where it speaks TLS, who its clients are by their certificates. */
  readonly tls?: DoorTls | undefined;
  /** The longest value of a note, and the longest payload of a batch. */
  readonly maxPayloadBytes: number;
  /** How many connections one address may have; half of all if left out. */
  readonly maxConnectionsPerAddress?: number | undefined;
}

/** The memcached text protocol, for a door over byte streams. */
class MemcachedProtocol implements StreamProtocol<Command> {
  readonly maxMessageBytes: number;
  readonly #context: MemcachedContext;
  readonly #spare = new SpareMemory();

  constructor(context: MemcachedContext) {
    this.#context = context;
    this.maxMessageBytes = context.maxValueBytes;
  }

  newDecoder(): CommandDecoder {
    return new CommandDecoder(this.maxMessageBytes, this.#spare);
  }

  converse(stream: ReplyStream, entrance: Entrance): MemcachedConversation {
    return new MemcachedConversation(stream, this.#context, this.#context.tls?.hold(entrance));
  }
}

/** The door for clients of memcached, which is still to be told to listen. */
export function createMemcachedDoor(
  lottery: Lottery,
  telemetry: Telemetry,
  settings: MemcachedDoorSettings,
  clock: Clock,
  log: Log,
): StreamDoor<Command> {
  const { tokens, tls, maxPayloadBytes } = settings;
  const context = new MemcachedContext(lottery, tokens, tls, maxPayloadBytes, telemetry, clock, log);
  const protocol = new MemcachedProtocol(context);
  const places = new Places(settings.maxConnections, settings.maxConnectionsPerAddress);
  const door = new StreamDoor(protocol, settings, places, new RoomQueue(lottery), clock, log);
  tls?.onChange(() => {
    const dropped = door.dropCertificates((certificate) => tls.isLost(certificate));
    if (dropped > 0) log.info('revoke', 'success', { door: 'memcached', connections: dropped });
  });
  telemetry.watchConnections('memcached', () => door.connectionCount);
  return door;
}

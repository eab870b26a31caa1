import { Clock } from '../../../program/clock';
import { BoundedSum } from './bounded_sum';
import { StreamProtocol } from './conversation';
import { MAX_PARTIAL_BYTES } from './limits';
import { RoomQueue } from './room_queue';
import { UntakenReplies } from './untaken_replies';

/** What all connections of a door share. */
export class StreamContext<Message> {
  /** Memory for messages of which only a part has come. */
  readonly partialBytes: BoundedSum;
  /** Memory for replies that peers have not taken. */
  readonly untaken = new UntakenReplies();

  /**
   * @param room where connections wait while the storage does not keep up
   * @param idleTimeoutMs how long a peer may do nothing when it is its turn (PROTOCOL.md, R25)
   */
  constructor(
    readonly protocol: StreamProtocol<Message>,
    readonly room: RoomQueue,
    readonly clock: Clock,
    readonly idleTimeoutMs: number,
  ) {
    // One message of the longest kind must always be possible.
    this.partialBytes = new BoundedSum(Math.max(MAX_PARTIAL_BYTES, 2 * protocol.maxMessageBytes));
  }
}

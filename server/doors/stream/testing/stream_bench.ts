import { FakeClock } from '../../../../program/testing/fake_clock';
import { RoomQueue } from '../room_queue';
import { StreamContext } from '../stream_context';
import { FakePeer } from './fake_peer';
import { FakeRoom } from './fake_room';
import { LineProtocol } from './line_protocol';

/** How long a connection of the bench may stay silent. */
export const IDLE_TIMEOUT_MS = 10_000;

/** A door without sockets, for a protocol of lines, with a clock that the test moves. For tests of connections. */
export class StreamBench {
  readonly clock = new FakeClock();
  readonly protocol = new LineProtocol();
  readonly room = new FakeRoom();
  readonly queue = new RoomQueue(this.room);
  readonly context = new StreamContext(this.protocol, this.queue, this.clock, IDLE_TIMEOUT_MS);

  /** A new connection and its wire. */
  connect(): LinePeer {
    return new LinePeer(this.context, this.clock);
  }
}

/** The other end of a connection of the {@link StreamBench}. */
export class LinePeer extends FakePeer<string> {
  /** The lines that were written, the oldest first. */
  get replies(): string[] {
    return this.wire.written.split('\n').slice(0, -1);
  }
}

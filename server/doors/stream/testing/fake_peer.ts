import { FakeClock } from '../../../../program/testing/fake_clock';
import { settled } from '../../../testing/settled';
import type { Entrance } from '../conversation';
import { TICK_MS } from '../limits';
import { StreamConnection } from '../stream_connection';
import { StreamContext } from '../stream_context';
import { FakeWire } from './fake_wire';

/** How a peer comes in that is not known. */
export const PLAIN: Entrance = { listener: 'plain', certificate: undefined, refusal: undefined };

/** The other end of a connection without a socket. For tests. */
export class FakePeer<Message> {
  readonly wire = new FakeWire();
  readonly connection: StreamConnection<Message>;
  readonly #clock: FakeClock;

  constructor(context: StreamContext<Message>, clock: FakeClock, entrance: Entrance = PLAIN) {
    this.#clock = clock;
    this.connection = new StreamConnection(this.wire, context, entrance);
  }

  /** Sends bytes in one chunk and waits until all that they start has happened. */
  async send(...bytes: (Buffer | string)[]): Promise<void> {
    this.sendNow(...bytes);
    await settled();
  }

  /** Sends bytes in one chunk, as a socket does that is not paused. */
  sendNow(...bytes: (Buffer | string)[]): void {
    if (this.wire.isPaused) throw new Error('the wire is paused: nothing can come');
    this.connection.receive(Buffer.concat(bytes.map((part) => Buffer.from(part))));
  }

  /** Lets time pass, with the door's ticks. */
  async wait(milliseconds: number): Promise<void> {
    for (let passedMs = 0; passedMs < milliseconds; passedMs += TICK_MS) {
      this.#clock.advance(Math.min(TICK_MS, milliseconds - passedMs));
      this.connection.tick();
      await settled();
    }
  }
}

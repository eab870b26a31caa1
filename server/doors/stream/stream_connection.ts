import { BoundedSum } from './bounded_sum';
import { Conversation, Entrance, ReplyStream } from './conversation';
import { EndOfTurn } from './end_of_turn';
import { IdleTime } from './idle_time';
import { Incoming } from './incoming';
import {
  LINGER_BYTES,
  LINGER_MS,
  MAX_MESSAGES_PER_TURN,
  MAX_UNANSWERED_MESSAGES,
  MAX_UNSENT_BYTES,
  SERVED_MS,
  SMALL_SHARE_BYTES,
} from './limits';
import { Outgoing } from './outgoing';
import { checkTransition, Obstacle, Phase, SilenceRule, silenceRule } from './phase';
import { OwedReply, ReplyQueue, ReplySlot } from './reply_queue';
import { RoomWaiter } from './room_queue';
import { StreamContext } from './stream_context';
import { UntakenHolder, UntakenShare } from './untaken_replies';
import { Wire } from './wire';

/**
 * One peer over a byte stream: bytes in, replies out, in the order of the messages (PROTOCOL.md, R9, R14, R23 to R25).
 * What the messages say is for the {@link Conversation}.
 *
 * It knows no socket and no clock of its own: the door feeds it and calls `tick` from time to time.
 */
export class StreamConnection<Message> implements ReplyStream, RoomWaiter, UntakenHolder {
  readonly #wire: Wire;
  readonly #context: StreamContext<Message>;
  readonly #conversation: Conversation<Message>;
  readonly #idle: IdleTime;
  readonly #outgoing: Outgoing;
  readonly #untaken: UntakenShare;
  readonly #replies = new ReplyQueue();
  readonly #endOfTurn = new EndOfTurn(() => this.#finishTurn());
  /** Whether an owed reply was the last thing that was said: few peers have anything to add. */
  #isServed = false;
  #phase: Phase<Message>;

  /**
   * @param entrance how the peer has come in
   * @param keepPlace called when the peer has done what the door is for
   */
  constructor(
    wire: Wire,
    context: StreamContext<Message>,
    entrance: Entrance,
    readonly keepPlace: () => void = () => undefined,
  ) {
    const { protocol, clock, partialBytes, untaken } = context;
    this.#wire = wire;
    this.#context = context;
    this.#idle = new IdleTime(clock);
    this.#outgoing = new Outgoing(wire, this.#idle);
    this.#untaken = untaken.share(this);
    this.#phase = { name: 'reading', incoming: new Incoming(protocol.newDecoder(), partialBytes) };
    this.#conversation = protocol.converse(this, entrance);
  }

  /** Bytes have come. The wire delivers none while it is paused. */
  receive(chunk: Buffer): void {
    const phase = this.#phase;
    if (phase.name === 'closed') return;
    if ('discarded' in phase) {
      phase.discarded.add(chunk.length);
      if (phase.discarded.isOver()) this.#wire.destroy();
      return;
    }
    if (!phase.incoming.isInMessage) this.#idle.restart();
    phase.incoming.push(chunk);
    this.#read(phase.incoming);
  }

  /** The peer sends nothing more; what it is owed is still sent to it (R23). */
  receiveEnd(): void {
    if (this.#phase.name === 'reading') this.#halt();
    else if (this.#phase.name === 'paused') this.#enter({ ...this.#phase, peerHasEnded: true });
    this.#endIfDone();
  }

  /** The peer has taken bytes that waited for it. */
  drained(): void {
    this.#idle.restart();
    this.#flush();
    this.#readOn('replies');
  }

  /** It is this connection's turn to take the room there is: it reads on where it had to stop. */
  roomMade(): void {
    this.#readOn('room');
  }

  /** The connection is gone. Answers that are still being found for it are dropped. */
  closed(): void {
    if (this.#phase.name === 'closed') return;
    this.#enter({ name: 'closed' });
    this.#untaken.resize(0);
    this.#oweNothing();
  }

  /**
   * Applies the timeouts (R25), and reads on where others have made room for its replies.
   *
   * @param stalledMs how long this program was held up since the last time: what the peer has done meanwhile may still be
   *   unread, so that this time does not count
   */
  tick(stalledMs = 0): void {
    this.#idle.excuse(stalledMs);
    this.#readOn('replies');
    this.#countUntaken();
    const { unsentBytes } = this.#outgoing;
    this.#idle.compareUnsent(unsentBytes);
    const isInMessage = 'incoming' in this.#phase && this.#phase.incoming.isInMessage;
    const rule = silenceRule(this.#phase.name, unsentBytes, this.#replies.isServersTurn(isInMessage));
    if (rule === undefined) return this.#idle.restart();
    if (this.#idle.silentForMs < this.#allowedMs(rule, isInMessage)) return;
    if (rule.then === 'end') this.#end();
    else this.#wire.destroy();
  }

  /** How long the peer has done nothing when it was its turn. */
  get silentForMs(): number {
    return this.#idle.silentForMs;
  }

  /** Drops the connection with all that its peer has not taken. */
  dropConnection(): void {
    this.#untaken.resize(0);
    this.#wire.destroy();
  }

  /** Whether nothing more will be written. */
  get hasEnded(): boolean {
    return this.#phase.name === 'lingering' || this.#phase.name === 'closed';
  }

  /** The server stops: what is being answered is still answered, then the connection ends. */
  shutDown(): void {
    this.#halt();
    this.#conversation.abandon();
    this.#endIfDone();
  }

  get hasRoomForReplies(): boolean {
    return !this.#context.untaken.isOver;
  }

  expect(): ReplySlot {
    return this.#replies.expect();
  }

  fulfil(slot: ReplySlot, bytes: Buffer): void {
    slot.bytes = bytes;
    if (!this.#replies.isFirst(slot)) return;
    for (let next = this.#replies.takeReady(); next?.bytes !== undefined; next = this.#replies.takeReady()) {
      if (next.bytes.length > 0) this.#send(next.bytes);
      if (next.isLast) return this.#end();
    }
    // What is ready in this turn of the event loop is sent before more is read.
    if (this.#phase.name !== 'reading') this.#endOfTurn.request();
  }

  fulfilLast(slot: ReplySlot, bytes: Buffer): void {
    slot.isLast = true;
    this.#halt();
    this.fulfil(slot, bytes);
  }

  owe(): OwedReply {
    return this.#replies.owe();
  }

  deliver(owed: OwedReply, bytes: Buffer): void {
    if (!this.#replies.settle(owed)) return;
    this.#isServed = true;
    this.#idle.restart();
    this.#send(bytes);
    this.#endIfDone();
  }

  drop(owed: OwedReply): void {
    if (this.#replies.settle(owed)) this.#endIfDone();
  }

  dropOwed(): void {
    this.#replies.dropOwed();
  }

  /** The one place where the phase changes, with what follows from leaving one and entering the other. */
  #enter(next: Phase<Message>): void {
    const last = this.#phase;
    checkTransition(last.name, next.name);
    this.#phase = next;
    if ('incoming' in last && !('incoming' in next)) {
      last.incoming.release();
      this.#context.room.leave(this);
    }
    if (last.name !== 'paused' && next.name === 'paused') this.#wire.pause();
    if (last.name === 'paused' && next.name !== 'paused' && next.name !== 'closed') this.#wire.resume();
  }

  #allowedMs({ limit, then }: SilenceRule, isInMessage: boolean): number {
    if (limit === 'linger') return LINGER_MS;
    const isOver = then === 'end' && this.#isServed && !isInMessage;
    return isOver ? Math.min(SERVED_MS, this.#context.idleTimeoutMs) : this.#context.idleTimeoutMs;
  }

  #readOn(obstacle: Obstacle): void {
    if (this.#phase.name === 'paused' && this.#phase.until === obstacle) this.#read(this.#phase.incoming);
  }

  /** Reads and answers until there is an obstacle, or no whole message. */
  #read(incoming: Incoming<Message>): void {
    for (let answered = 0; 'incoming' in this.#phase; answered++) {
      const obstacle = this.#obstacle(answered);
      if (obstacle !== undefined) return this.#pause(incoming, obstacle);
      const message = this.#next(incoming);
      if (message === undefined) break;
      this.#idle.restart();
      this.#isServed = false;
      this.#conversation.answer(message);
    }
    if ('incoming' in this.#phase) this.#waitForMore(incoming);
    this.#endIfDone();
  }

  #obstacle(answered: number): Obstacle | undefined {
    if (answered >= MAX_MESSAGES_PER_TURN) return 'turn';
    if (this.#conversation.isBusy === true) return 'replies';
    if (this.#replies.slotCount >= MAX_UNANSWERED_MESSAGES) return 'replies';
    const { unsentBytes } = this.#outgoing;
    if (unsentBytes > MAX_UNSENT_BYTES || !this.#context.untaken.mayReadOn(unsentBytes)) return 'replies';
    return this.#context.room.enter(this) ? undefined : 'room';
  }

  #next(incoming: Incoming<Message>): Message | undefined {
    try {
      return incoming.next();
    } catch (error) {
      this.#halt();
      this.#conversation.refuseUnreadable(error);
      return undefined;
    }
  }

  #pause(incoming: Incoming<Message>, until: Obstacle): void {
    const peerHasEnded = this.#phase.name === 'paused' && this.#phase.peerHasEnded;
    this.#enter({ name: 'paused', incoming, until, peerHasEnded });
    if (until === 'turn') setImmediate(() => this.#readOn('turn'));
  }

  /** All whole messages are read. */
  #waitForMore(incoming: Incoming<Message>): void {
    if (!incoming.countPartial()) {
      this.#halt();
      this.#conversation.refuseUnfinished();
    } else if (this.#phase.name === 'paused') {
      if (this.#phase.peerHasEnded) this.#halt();
      else this.#enter({ name: 'reading', incoming });
    }
  }

  #send(bytes: Buffer): void {
    this.#outgoing.push(bytes);
    this.#endOfTurn.request();
  }

  #finishTurn(): void {
    this.#flush();
    this.#readOn('replies');
    this.#endIfDone();
  }

  #flush(): void {
    if (this.#phase.name === 'closed') return;
    this.#outgoing.flush();
    this.#countUntaken();
    if (this.#phase.name !== 'ending' || !this.#outgoing.isEmpty) return;
    this.#enter({ name: 'lingering', discarded: this.#phase.discarded });
    this.#wire.end();
  }

  /** Counts what the peer has not taken; of one that lets more than a little lie, also what it has sent beyond that. */
  #countUntaken(): void {
    if (this.#phase.name === 'closed') return;
    const { unsentBytes } = this.#outgoing;
    const unreadBytes =
      'incoming' in this.#phase ? this.#phase.incoming.unreadBytes + this.#wire.unreadBytes : 0;
    this.#untaken.resize(unsentBytes > SMALL_SHARE_BYTES ? unsentBytes + unreadBytes : unsentBytes);
  }

  /** Nothing more will be read and nothing is owed: the connection is over. */
  #endIfDone(): void {
    if (this.#phase.name === 'halted' && this.#replies.isEmpty) this.#end();
  }

  /** Reads no further message, if it still did. */
  #halt(): void {
    if ('incoming' in this.#phase) this.#enter({ name: 'halted', discarded: new BoundedSum(LINGER_BYTES) });
  }

  /** Sends what is ready, and nothing more. */
  #end(): void {
    this.#halt();
    if (this.#phase.name !== 'halted') return;
    this.#enter({ name: 'ending', discarded: this.#phase.discarded });
    this.#oweNothing();
    this.#idle.restart();
    this.#flush();
  }

  #oweNothing(): void {
    this.#replies.close();
    this.#conversation.abandon();
  }
}

/**
 * What a protocol brings to a {@link StreamConnection}: a decoder, and a conversation that answers. The stream keeps the
 * order of the replies, the bounds and the time; it knows nothing of what the messages say.
 */
import type { X509Certificate } from 'node:crypto';

import { OwedReply, ReplySlot } from './reply_queue';

/** Turns bytes, split in any way, into messages. */
export interface Decoder<Message> {
  /** Whether bytes of an unfinished or unread message are here. */
  readonly isInMessage: boolean;
  /** The memory, in bytes, that is held for a message of which only a part has come. */
  readonly heldCapacityBytes: number;
  /** The memory, in bytes, of what has come and is not read. */
  readonly unreadBytes: number;
  /** Takes the next bytes, once `next` has returned `undefined`. */
  push(chunk: Buffer): void;
  /**
   * The next whole message, whose bytes may be used until the next call; `undefined` when more bytes are needed.
   *
   * @throws Error when the bytes are not a message, and nobody can tell where the next one begins
   */
  next(): Message | undefined;
}

/** What a conversation can do with its connection. Once the connection has ended, all of it does nothing. */
export interface ReplyStream {
  /** Whether the replies that peers have not taken are within the bound of the door: no long one is to be made otherwise. */
  readonly hasRoomForReplies: boolean;
  /** Takes the next place in the order of replies, to be filled later. */
  expect(): ReplySlot;
  /** Fills a place; no bytes free it without a reply. The reply leaves when those before it have. */
  fulfil(slot: ReplySlot, bytes: Buffer): void;
  /** The same; the connection is read no further from now on, and ends after this reply. */
  fulfilLast(slot: ReplySlot, bytes: Buffer): void;
  /** Promises a reply out of order: until it is delivered or dropped, the connection stays open for it. */
  owe(): OwedReply;
  /** Sends an owed reply now, whatever waits for its turn. */
  deliver(owed: OwedReply, bytes: Buffer): void;
  /** Nothing is sent for an owed reply. */
  drop(owed: OwedReply): void;
  /** Nothing is sent for any owed reply. */
  dropOwed(): void;
  /** The peer has done what the door is for: it keeps its place among others who only take one. */
  keepPlace(): void;
}

/** How a peer has come in. */
export interface Entrance {
  /** The name of the listener that has accepted it. */
  readonly listener: string;
  /** The certificate that it has proved to have; `undefined` without one. */
  readonly certificate: X509Certificate | undefined;
  /** Why it has no certificate that is believed; `undefined` where it has one, or needs none. */
  readonly refusal: string | undefined;
}

/** One peer's messages, answered. */
export interface Conversation<Message> {
  /** Whether the next message is to wait until the last is answered; never, if left out. */
  readonly isBusy?: boolean;
  /** Answers a message: takes a place in the order of replies now, and fills it now or later. */
  answer(message: Message): void;
  /** Answers bytes that are not a message, with a last reply. Nothing more is read. @param error what the decoder threw */
  refuseUnreadable(error: unknown): void;
  /** Answers a message that has begun and has no memory to be finished in, with a last reply. Nothing more is read. */
  refuseUnfinished(): void;
  /**
   * Nobody waits any more for owed replies, except for those that are being found already, while the connection is open.
   * May be called again.
   */
  abandon(): void;
}

/** A protocol over a byte stream that answers in order. */
export interface StreamProtocol<Message> {
  /** The memory, in bytes, that the longest message needs: there is always some for two of them. */
  readonly maxMessageBytes: number;
  newDecoder(): Decoder<Message>;
  /** Begins a conversation with a new peer. */
  converse(stream: ReplyStream, entrance: Entrance): Conversation<Message>;
}

import { Reply, ReplyDecoder } from '../../../../protocol/reply_decoder';
import { AgencyConnection, Wire } from '../agency_connection';

/**
 * A socket that is none: keeps what is written, counts what is done to it, and holds the caller to the rules of a
 * real one. For tests.
 */
export class FakeWire implements Wire {
  /** What the test says the peer has not taken. */
  unsentBytes = 0;
  written = '';
  writes = 0;
  isPaused = false;
  hasEnded = false;
  isDestroyed = false;
  /** What must not happen on a socket, in words. */
  readonly mistakes: string[] = [];
  #isClosed = false;
  readonly #decoder = new ReplyDecoder();
  readonly #replies: Reply[] = [];

  write(bytes: Buffer): void {
    if (this.hasEnded) this.mistakes.push(`written after end: ${JSON.stringify(bytes.toString())}`);
    if (this.#isClosed) this.mistakes.push(`written after close: ${JSON.stringify(bytes.toString())}`);
    this.writes++;
    this.written += bytes.toString('latin1');
    this.#decoder.push(bytes);
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
      this.#replies.push(reply);
    }
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    if (this.hasEnded) this.mistakes.push('ended twice');
    this.hasEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The connection is gone, from whatever side. */
  close(connection: AgencyConnection): void {
    this.#isClosed = true;
    connection.closed();
  }

  /** The replies that were written, each as a short text, the oldest first. */
  get replies(): string[] {
    return this.#replies.map(shortly);
  }
}

function shortly(reply: Reply): string {
  switch (reply.type) {
    case 'ACK':
      return `ACK ${reply.agency},${reply.batchId}`;
    case 'WIN':
      return `WIN ${reply.documents.join(',')}`.trim();
    case 'HAS':
      return `HAS ${reply.lastBatchId},${reply.lastBetId},${reply.bets}`;
    case 'ERR':
      return `ERR ${reply.batchId},${reply.code}`;
    case 'ECHO':
      return reply.line.toString().trim();
  }
}

/** One fuzzed conversation: what is sent, in which pieces, how it ends, and what is wrong with the answers. */
import { ErrorCode } from '../../../protocol/error_codes';
import { Reply, ReplyDecoder } from '../../../protocol/reply_decoder';
import { Random } from '../../../tools/random';
import { Peer } from './peers';
import { Due, readPlainly } from './plain_reader';
import { resetSocket } from '../../../server/testing/reset_socket';

/** A conversation that is not over by then hangs: three times what a silent one is allowed. */
const ANSWER_TIMEOUT_MS = 45_000;
const MAX_PIECES = 12;

/** What a conversation has shown. */
export interface Conversation {
  /** What contradicts the protocol; empty when all is well. */
  readonly findings: readonly string[];
  /** Valid batches that were acknowledged: their text by `agency,batch_id`. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** Valid batches whose answer was not waited for: they may be stored. */
  readonly unanswered: readonly { readonly key: string; readonly text: string }[];
  readonly replies: number;
}

/** Valid batches can be refused for what others have done. */
const FOR_BATCHES: readonly ErrorCode[] = ['batch-conflict', 'closed', 'unavailable'];
const CLOSING: readonly ErrorCode[] = ['bad-header', 'too-large', 'unavailable'];

/**
 * Sends bytes and holds the answers against the rules.
 *
 * @param bytes what is sent; it may be anything
 * @param agencies the agencies of the lottery are 1 to this
 */
export async function converse(
  port: number,
  bytes: Buffer,
  agencies: number,
  random: Random,
): Promise<Conversation> {
  const peer = await Peer.open(port, { allowHalfOpen: true });
  const resets = random.chance(100);
  await sendInPieces(peer, resets ? bytes.subarray(0, 1 + random.below(bytes.length + 1)) : bytes, random);
  if (resets) resetSocket(peer.socket);
  else peer.socket.end();
  const due = readPlainly(bytes.toString('latin1'), agencies);
  const isOver = await overInTime(peer, due);
  peer.socket.destroy();
  const check = new AnswerCheck(due);
  if (!isOver) check.findings.push('it was not closed, or not answered');
  check.take(Buffer.from(peer.received, 'latin1'), !resets && isOver);
  return check.result();
}

async function sendInPieces(peer: Peer, bytes: Buffer, random: Random): Promise<void> {
  let start = 0;
  for (let pieces = random.below(MAX_PIECES); pieces > 0 && start < bytes.length; pieces--) {
    const end = start + 1 + random.below(bytes.length - start);
    await peer.write(bytes.subarray(start, end));
    start = end;
  }
  if (start < bytes.length) await peer.write(bytes.subarray(start));
}

/** The server closes when all is answered; a connection that has sent FIN it keeps, for the WIN. */
async function overInTime(peer: Peer, due: readonly Due[]): Promise<boolean> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    peer.socket.destroy();
  }, ANSWER_TIMEOUT_MS);
  const isKept = due.some(({ type }) => type === 'fin');
  const replies = due.filter(({ type }) => type !== 'fin').length;
  if (isKept) await peer.untilReceived((received) => countReplies(received) >= replies);
  else await peer.closed;
  clearTimeout(timer);
  return !isLate;
}

/** How many whole replies there are, up to one that cannot be read. */
function countReplies(received: string): number {
  const decoder = new ReplyDecoder();
  decoder.push(Buffer.from(received, 'latin1'));
  let count = 0;
  try {
    while (decoder.next() !== undefined) count++;
  } catch {
    // What cannot be read is a finding of the check that follows.
  }
  return count;
}

/** Holds replies against what is due, in their order. */
class AnswerCheck {
  readonly findings: string[] = [];
  readonly #acknowledged = new Map<string, string>();
  readonly #due: Due[];
  #replies = 0;
  #isRefused = false;

  constructor(due: readonly Due[]) {
    // The draw never runs here.
    this.#due = due.filter(({ type }) => type !== 'fin');
  }

  /** @param isWhole whether the server had the time to send everything */
  take(received: Buffer, isWhole: boolean): void {
    const decoder = new ReplyDecoder();
    try {
      decoder.push(received);
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) this.#takeReply(reply);
      if (isWhole && decoder.isInMessage) this.findings.push('the last reply is not whole');
    } catch (error) {
      this.findings.push(`a reply cannot be read: ${String(error)}`);
    }
    if (isWhole && !this.#isRefused && this.#due.length > 0)
      this.findings.push(`no reply to ${describeDue(this.#due[0])}`);
  }

  result(): Conversation {
    const unanswered = this.#due
      .filter((due) => due.type === 'batch')
      .map(({ agency, batchId, text }) => ({ key: `${agency},${batchId}`, text }));
    return {
      findings: this.findings,
      acknowledged: this.#acknowledged,
      unanswered,
      replies: this.#replies,
    };
  }

  #takeReply(reply: Reply): void {
    this.#replies++;
    if (this.#isRefused) this.findings.push(`${reply.type} came behind a refusal that closes`);
    const due = this.#due.shift();
    if (reply.type === 'ERR' && CLOSING.includes(reply.code)) this.#isRefused = true;
    if (due === undefined || !isRightFor(reply, due))
      this.findings.push(`${JSON.stringify(reply)} came for ${describeDue(due)}`);
    else if (due.type === 'batch' && reply.type === 'ACK') this.#acknowledge(due);
  }

  #acknowledge({ agency, batchId, text }: Extract<Due, { type: 'batch' }>): void {
    const key = `${agency},${batchId}`;
    const before = this.#acknowledged.get(key);
    if (before !== undefined && before !== text)
      this.findings.push(`batch ${key} was acknowledged with two contents`);
    this.#acknowledged.set(key, text);
  }
}

function isRightFor(reply: Reply, due: Due): boolean {
  switch (due.type) {
    case 'batch':
      if (reply.type === 'ACK') return reply.agency === due.agency && reply.batchId === due.batchId;
      return reply.type === 'ERR' && reply.batchId === due.batchId && FOR_BATCHES.includes(reply.code);
    case 'ask':
      return reply.type === 'HAS';
    case 'check':
      return reply.type === 'CRC';
    case 'fin':
      return false;
    case 'echo':
      return reply.type === 'ECHO' && reply.line.toString('latin1') === due.line;
    case 'refusal':
      if (reply.type !== 'ERR' || reply.code !== due.code) return false;
      return !('batchId' in due) || reply.batchId === due.batchId;
  }
}

function describeDue(due: Due | undefined): string {
  return due === undefined ? 'nothing' : JSON.stringify(due).slice(0, 200);
}

/** Reads a request's body: bounded in bytes, in time, and in the memory of all bodies together. */
import type { IncomingMessage } from 'node:http';

import type { Clock } from '../../../../program/clock';
import type { HttpLimits } from '../limits';
import { Refusal } from '../refusals/problem';
import type { Exchange } from './exchange';
import type { MemoryShare, SharedMemory } from './shared_memory';

const FIRST_BYTES = 16 * 1024;
/** The Expect of a client that waits for 100 before it sends its body (RFC 9110, 10.1.1). */
const CONTINUE = /^100-continue$/i;
const NOTHING = Buffer.alloc(0);

/** What reading a body needs from the door. */
export interface BodyContext {
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, 'requestTimeoutMs' | 'lingerMs' | 'lingerBytes'>;
  /** The memory of all bodies together. */
  readonly bodies: SharedMemory;
  /** The longest body. */
  readonly maxBodyBytes: number;
}

/** A body that was read. Its memory stays reserved until `release` is called or the exchange is over. */
export class Body {
  constructor(
    readonly bytes: Buffer,
    readonly release: () => void,
  ) {}
}

/**
 * Reads the body of a request.
 *
 * @throws Refusal `too-large`; `unavailable` when all bodies together are too large; `request-timeout`
 * @throws Error when the client goes away: nobody is left to be told
 */
export async function readBody(exchange: Exchange, context: BodyContext): Promise<Body> {
  const { request, response } = exchange;
  // It may have waited before: what is over will say nothing more.
  if (exchange.isOver) throw new Error('the client has gone away');
  const saidBytes = Number(request.headers['content-length'] ?? context.maxBodyBytes);
  if (saidBytes > context.maxBodyBytes) throw tooLarge(context);
  const share = context.bodies.share();
  exchange.atEnd(() => share.release());
  if (CONTINUE.test(request.headers.expect ?? '')) response.writeContinue();
  const gathered = new GrowingBuffer(share, saidBytes, context);
  exchange.isReading = true;
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      cancel();
      exchange.isReading = false;
      if (error === undefined) return resolve();
      // What is left is for others to take; after the end nothing is.
      request.off('data', take).off('end', settle).off('error', settle).off('close', goAway);
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      const refusal = gathered.append(chunk);
      if (refusal !== undefined) settle(refusal);
    };
    const goAway = (): void => {
      if (exchange.isReading) settle(new Error('the client has gone away'));
    };
    const cancel = context.clock.after(context.limits.requestTimeoutMs, () =>
      settle(new Refusal('request-timeout', `the body took more than ${context.limits.requestTimeoutMs} ms`)),
    );
    request.on('data', take).on('end', settle).on('error', settle).on('close', goAway);
  });
  return new Body(gathered.bytes, () => share.release());
}

/** Whether part of the body has not arrived yet. */
export function hasMoreBody({ headers, complete }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}

/** Reads the rest of a body and discards it. When it takes too long or is too large, the connection is dropped. */
export function discardRest(request: IncomingMessage, { clock, limits }: BodyContext): void {
  let bytes = 0;
  const cancel = clock.after(limits.lingerMs, () => request.socket.destroy());
  request.once('close', cancel);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.lingerBytes) request.socket.destroy();
  });
}

/** One growing buffer: as many small chunks, a body would take many times the memory of its bytes. */
class GrowingBuffer {
  readonly #share: MemoryShare;
  readonly #context: BodyContext;
  readonly #mostBytes: number;
  #buffer: Buffer = NOTHING;
  #length = 0;

  /** @param mostBytes how long the body is, or can be at most: the buffer grows no further */
  constructor(share: MemoryShare, mostBytes: number, context: BodyContext) {
    this.#share = share;
    this.#mostBytes = mostBytes;
    this.#context = context;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Appends a chunk. @returns why it cannot be appended; `undefined` when it was */
  append(chunk: Buffer): Refusal | undefined {
    const length = this.#length + chunk.length;
    if (length > this.#context.maxBodyBytes) return tooLarge(this.#context);
    // The parser has copied a chunk for whom it gives it to: a body that comes whole needs no other memory.
    const isWhole = length === this.#mostBytes && length === chunk.length;
    if (length > this.#buffer.length && !(isWhole ? this.#share.resize(length) : this.#growTo(length))) {
      return new Refusal('unavailable', 'too many bodies are being read: try again later');
    }
    if (isWhole) this.#buffer = chunk;
    else chunk.copy(this.#buffer, this.#length);
    this.#length = length;
    return undefined;
  }

  #growTo(neededBytes: number): boolean {
    const bytes = Math.min(Math.max(FIRST_BYTES, neededBytes, 2 * this.#buffer.length), this.#mostBytes);
    if (!this.#share.resize(bytes)) return false;
    const grown = Buffer.allocUnsafeSlow(bytes);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
    return true;
  }
}

function tooLarge({ maxBodyBytes }: BodyContext): Refusal {
  return new Refusal('too-large', `the body is over the limit of ${maxBodyBytes} bytes`);
}

/** Reading a request's body: bounded in bytes, in time, and with all other bodies together. */
import type { IncomingMessage } from 'node:http';

import type { Clock } from '../../../../program/clock';
import type { HttpLimits } from '../limits';
import { Refusal } from '../refusals/problem';
import type { MemoryShare, SharedMemory } from './shared_memory';
import type { Visit } from './visits';

const FIRST_BYTES = 16 * 1024;
/** A client that waits to be told that its body is wanted. */
const CONTINUE = /^100-continue$/i;
const NOTHING = Buffer.alloc(0);

/** What reading a body needs from the door. */
export interface BodySurroundings {
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, 'requestTimeoutMs' | 'lingerMs' | 'lingerBytes'>;
  /** The memory that all bodies share. */
  readonly bodies: SharedMemory;
  /** The longest body. */
  readonly maxBodyBytes: number;
}

/**
 * A body that was read. Its memory is counted until it is released, or the request is over.
 */
export class Body {
  constructor(
    readonly bytes: Buffer,
    readonly release: () => void,
  ) {}
}

/**
 * Reads the body of a request.
 *
 * @throws Refusal `too-large`; `unavailable` when all bodies together are too large; `request-timeout`; an error that
 *   nobody is there to be told of when the client goes away
 */
export async function readBody(visit: Visit, door: BodySurroundings): Promise<Body> {
  const { request, response } = visit;
  if (Number(request.headers['content-length'] ?? 0) > door.maxBodyBytes) throw tooLarge(door);
  const share = door.bodies.share();
  visit.atEnd(() => share.release());
  if (CONTINUE.test(request.headers.expect ?? '')) response.writeContinue();
  const gathered = new GrowingBuffer(share, door);
  visit.isReading = true;
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      cancel();
      visit.isReading = false;
      request.off('data', take).off('end', settle).off('error', settle).off('close', goAway);
      if (error === undefined) resolve();
      else reject(error);
    };
    const take = (chunk: Buffer): void => {
      const refusal = gathered.append(chunk);
      if (refusal !== undefined) settle(refusal);
    };
    const goAway = (): void => settle(new Error('the client has gone away'));
    const cancel = door.clock.after(door.limits.requestTimeoutMs, () =>
      settle(new Refusal('request-timeout', `the body took more than ${door.limits.requestTimeoutMs} ms`)),
    );
    request.on('data', take).on('end', settle).on('error', settle).on('close', goAway);
  });
  return new Body(gathered.bytes, () => share.release());
}

/** Whether a part of the body is still to come. */
export function hasMoreBody({ headers, complete }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}

/** Reads on and drops what comes: up to a time and a size, beyond which the connection is dropped. */
export function discardRest(request: IncomingMessage, { clock, limits }: BodySurroundings): void {
  let bytes = 0;
  const cancel = clock.after(limits.lingerMs, () => request.socket.destroy());
  request.once('close', cancel);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.lingerBytes) request.socket.destroy();
  });
}

/** One buffer instead of many chunks: small chunks would take many times the memory of their bytes. */
class GrowingBuffer {
  readonly #share: MemoryShare;
  readonly #door: BodySurroundings;
  #buffer = NOTHING;
  #length = 0;

  constructor(share: MemoryShare, door: BodySurroundings) {
    this.#share = share;
    this.#door = door;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @returns why it cannot be taken */
  append(chunk: Buffer): Refusal | undefined {
    const length = this.#length + chunk.length;
    if (length > this.#door.maxBodyBytes) return tooLarge(this.#door);
    if (length > this.#buffer.length && !this.#growTo(length)) {
      return new Refusal('unavailable', 'too many bodies are being read: try again later');
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = length;
    return undefined;
  }

  #growTo(neededBytes: number): boolean {
    const bytes = Math.min(
      Math.max(FIRST_BYTES, neededBytes, 2 * this.#buffer.length),
      this.#door.maxBodyBytes,
    );
    if (!this.#share.resize(bytes)) return false;
    const grown = Buffer.allocUnsafeSlow(bytes);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
    return true;
  }
}

function tooLarge({ maxBodyBytes }: BodySurroundings): Refusal {
  return new Refusal('too-large', `the body is over the limit of ${maxBodyBytes} bytes`);
}

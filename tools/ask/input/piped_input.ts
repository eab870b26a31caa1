import type { Readable } from 'node:stream';

import { OperationError, oneLine } from '../../../program/exit';
import type { CommandInput } from './command_input';

/** A longer line is not kept: more than the longest batch, written with escapes. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;
const TOO_LONG = 'too long';

/** Commands from a pipe or a file, one a line, in UTF-8. It is read no further than it is asked for. */
export class PipedInput implements CommandInput {
  readonly isTerminal = false;
  readonly #stream: Readable;
  readonly #lines: AsyncGenerator<Buffer | typeof TOO_LONG>;
  readonly #closing = new AbortController();

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#lines = linesOf(stream);
  }

  async next(): Promise<string | undefined> {
    const line = await this.#nextLine();
    if (line === undefined) return undefined;
    if (line === TOO_LONG) {
      throw new OperationError(`the line is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB`);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    } catch {
      throw new OperationError('the line is not in UTF-8');
    }
  }

  close(): void {
    this.#closing.abort();
    this.#stream.destroy();
  }

  async #nextLine(): Promise<Buffer | typeof TOO_LONG | undefined> {
    const { signal } = this.#closing;
    if (signal.aborted) return undefined;
    try {
      const step = await this.#lines.next();
      return step.done === true ? undefined : step.value;
    } catch (error) {
      // A stream that is destroyed while it is waited for fails.
      if (isAborted(signal)) return undefined;
      this.close();
      throw new OperationError(`the commands cannot be read: ${oneLine(error)}`);
    }
  }
}

/** Asked again where it was false before: it may have changed meanwhile. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function* linesOf(stream: Readable): AsyncGenerator<Buffer | typeof TOO_LONG> {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer): void => {
    length += part.length;
    if (length > MAX_LINE_BYTES) parts = [];
    else parts.push(part);
  };
  const take = (): Buffer | typeof TOO_LONG => {
    const line = length > MAX_LINE_BYTES ? TOO_LONG : Buffer.concat(parts);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}

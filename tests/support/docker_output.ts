/** What containers print, as the engine hands it over. */
import { Transform, TransformCallback } from 'node:stream';

/** Before each piece: stdout or stderr (1 byte), three empty bytes, the length (4 bytes). */
const HEADER_BYTES = 8;
const LENGTH_OFFSET = 4;

/** Takes the engine's headers out of a container's output: stdout and stderr come together, as they were printed. */
export class OutputText extends Transform {
  #rest = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { text, rest } = withoutHeaders(Buffer.concat([this.#rest, chunk]));
    this.#rest = rest;
    done(null, text);
  }
}

/** The whole of a container's output, as lines. */
export function linesOfOutput(output: Buffer): string[] {
  const lines = withoutHeaders(output).text.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function withoutHeaders(output: Buffer): { text: Buffer; rest: Buffer<ArrayBuffer> } {
  const pieces: Buffer[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= output.length) {
    const end = offset + HEADER_BYTES + output.readUInt32BE(offset + LENGTH_OFFSET);
    if (end > output.length) break;
    pieces.push(output.subarray(offset + HEADER_BYTES, end));
    offset = end;
  }
  return { text: Buffer.concat(pieces), rest: Buffer.from(output.subarray(offset)) };
}

/** Leaves with what belongs to them, as the server gives them out (docs/HTTP.md, "The control's feed") and as they are kept. */

/** A leaf of the log. */
export interface Frame {
  readonly entry: Buffer;
  /** Of a batch its salt; of a FIN the key of its agency's salts; of the seal those of the missing agencies. */
  readonly secret: Buffer;
  /** The bets of a batch. */
  readonly text: Buffer;
}

const MAX_ENTRY_BYTES = 65_535;
const MAX_SECRET_BYTES = 32_000_000;
const MAX_TEXT_BYTES = 100_000_000;
/** Three numbers and what is between them. */
const MAX_HEADER_BYTES = 30;
const HEADER = /^(0|[1-9]\d{0,8}) (0|[1-9]\d{0,8}) (0|[1-9]\d{0,8})$/;

/** The bytes of a frame: a line with the lengths of its three parts, and the parts. */
export function frameBytes({ entry, secret, text }: Frame): Buffer {
  return Buffer.concat([
    Buffer.from(`${entry.length} ${secret.length} ${text.length}\n`),
    entry,
    secret,
    text,
  ]);
}

/** Cuts bytes into frames, however they come. */
export class FrameReader {
  #parts: Buffer[] = [];
  #bytes = 0;
  #wantedBytes = 1;

  /** How many bytes wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Takes more bytes, and gives the frames that are whole. @throws RangeError for bytes that are no frames */
  *push(bytes: Buffer): Generator<Frame> {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes < this.#wantedBytes) return;
    let rest = Buffer.concat(this.#parts);
    for (let cut = cutFrame(rest); ; cut = cutFrame(rest)) {
      if (typeof cut === 'number') {
        this.#wantedBytes = cut;
        break;
      }
      rest = rest.subarray(cut.bytes);
      yield cut.frame;
    }
    this.#parts = [Buffer.from(rest)];
    this.#bytes = rest.length;
  }
}

/** @returns the first frame and its length, or how many bytes are wanted at least before it can be told */
function cutFrame(bytes: Buffer): { readonly frame: Frame; readonly bytes: number } | number {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n');
  if (end < 0 && bytes.length < MAX_HEADER_BYTES) return bytes.length + 1;
  const lengths = HEADER.exec(bytes.toString('latin1', 0, Math.max(end, 0)))
    ?.slice(1)
    .map(Number);
  const [entry = 0, secret = 0, text = 0] = lengths ?? [];
  if (entry === 0 || entry > MAX_ENTRY_BYTES || secret > MAX_SECRET_BYTES || text > MAX_TEXT_BYTES) {
    throw new RangeError('these bytes are no frames');
  }
  const begin = end + 1;
  const whole = begin + entry + secret + text;
  if (bytes.length < whole) return whole;
  const part = (from: number, length: number): Buffer => Buffer.from(bytes.subarray(from, from + length));
  const frame = {
    entry: part(begin, entry),
    secret: part(begin + entry, secret),
    text: part(begin + entry + secret, text),
  };
  return { frame, bytes: whole };
}

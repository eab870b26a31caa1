import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

const UTF8_MARK = Buffer.from('\uFEFF', 'utf8');
const UTF16_MARK = Buffer.from('\uFEFF', 'utf16le');
/** What decoders put in the place of bytes that are no UTF-8: there was another character here once. */
const REPLACEMENT_CHARACTER = Buffer.from('\uFFFD');
const NOTHING = Buffer.alloc(0);

/** Whether bytes are UTF-8 that never was anything else. */
export function isSoundText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(REPLACEMENT_CHARACTER);
}

/** Turns what is read of a file into UTF-8 without a byte order mark, and looks whether it is sound. */
export class FileText {
  #utf16: TextDecoder | undefined;
  #isFirst = true;
  #isSound = true;
  /** The beginning of a character of which the rest is still to come. */
  #cut: Buffer = NOTHING;

  /** Whether all that was given out so far is sound. Told for many rows at once, this is cheaper than for each. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /** Takes the next bytes of the file; the first are at least three, unless the file is shorter. */
  next(read: Buffer): Buffer {
    if (!this.#isFirst) return this.#checked(this.#utf8Of(read));
    this.#isFirst = false;
    if (startsWith(read, UTF8_MARK)) return this.#checked(read.subarray(UTF8_MARK.length));
    if (!startsWith(read, UTF16_MARK)) return this.#checked(read);
    this.#utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });
    return this.#checked(this.#utf8Of(read.subarray(UTF16_MARK.length)));
  }

  /** What is left at the end of the file: a character that is not whole. */
  end(): Buffer {
    // Of UTF-16, half a character becomes one that says so.
    const rest = Buffer.concat([this.#cut, Buffer.from(this.#utf16?.decode() ?? '')]);
    if (rest.length > 0) this.#isSound = false;
    return rest;
  }

  #utf8Of(read: Buffer): Buffer {
    return this.#utf16 === undefined ? read : Buffer.from(this.#utf16.decode(read, { stream: true }));
  }

  #checked(read: Buffer): Buffer {
    const bytes = this.#cut.length === 0 ? read : Buffer.concat([this.#cut, read]);
    const end = bytes.length - cutBytes(bytes);
    // A copy: what was read is overwritten by what is read next.
    this.#cut = end === bytes.length ? NOTHING : Buffer.from(bytes.subarray(end));
    const whole = bytes.subarray(0, end);
    this.#isSound &&= isSoundText(whole);
    return whole;
  }
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}

/** How many bytes at the end are the beginning of a character whose rest is missing: 0 to 3. */
function cutBytes(bytes: Buffer): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return characterBytes(byte) > count ? count : 0;
  }
  return 0;
}

/** The length of the character that begins with this byte, of those above 0xC0. */
function characterBytes(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

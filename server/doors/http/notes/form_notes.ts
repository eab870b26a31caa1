/** Several notes in one body, as a form: `NAME=VALUE&NAME=VALUE` (application/x-www-form-urlencoded, WHATWG URL, 5.1). */
import { isNoteName, MAX_NOTES_AT_ONCE, NewNote, NOTE_NAME_RULE } from '../../../ledger/note';
import { Refusal } from '../refusals/problem';

const AND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Reads the notes in a form. What a percent encoding stands for is kept byte for byte, whether it is UTF-8 or not; `+`
 * stands for a space. Of a name that is there twice the last value counts.
 *
 * @param body is written over: the values are parts of it
 * @param maxBytes of all names and values together
 * @returns notes whose names differ, at least one
 * @throws Refusal `bad-request` with the position of the first bad pair, from 1 on; `too-large` for too many of them, or
 *   too many bytes
 */
export function readFormNotes(body: Buffer, maxBytes: number): readonly NewNote[] {
  const notes = new Map<string, NewNote>();
  let bytes = 0;
  let position = 0;
  for (const pair of pairsOf(body)) {
    if (++position > MAX_NOTES_AT_ONCE) {
      throw new Refusal('too-large', `a request has at most ${MAX_NOTES_AT_ONCE} notes`);
    }
    const note = readPair(pair, position);
    bytes += note.name.length + note.value.length;
    if (bytes > maxBytes) throw new Refusal('too-large', `the notes are over the limit of ${maxBytes} bytes`);
    notes.set(note.name, note);
  }
  return [...notes.values()];
}

function* pairsOf(body: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = body.indexOf(AND); end >= 0; end = body.indexOf(AND, start)) {
    yield body.subarray(start, end);
    start = end + 1;
  }
  yield body.subarray(start);
}

function readPair(pair: Buffer, position: number): NewNote {
  const equals = pair.indexOf(EQUALS);
  if (equals < 0) throw new Refusal('bad-request', `pair ${position} has no =`);
  const name = decode(pair.subarray(0, equals));
  const value = decode(pair.subarray(equals + 1));
  if (name === undefined || value === undefined) {
    throw new Refusal('bad-request', `pair ${position} has a % without two hexadecimal digits behind it`);
  }
  const text = name.toString('latin1');
  if (!isNoteName(text)) {
    throw new Refusal('bad-request', `the name of pair ${position} is not ${NOTE_NAME_RULE}`);
  }
  return { name: text, value, flags: 0 };
}

/** Decodes a text where it lies: it becomes no longer. `undefined` for a bad percent encoding. */
function decode(text: Buffer): Buffer | undefined {
  if (!text.includes(PERCENT) && !text.includes(PLUS)) return text;
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const byte = text[index]!;
    if (byte === PERCENT) {
      const decoded = (hexDigit(text[index + 1]) << 4) | hexDigit(text[index + 2]);
      if (decoded < 0) return undefined;
      text[length++] = decoded;
      index += 2;
    } else {
      text[length++] = byte === PLUS ? SPACE : byte;
    }
  }
  return text.subarray(0, length);
}

/** The value of a hexadecimal digit; -1 for what is none. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

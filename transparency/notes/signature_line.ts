/** The line of a signature in a note: C2SP signed-note, "Format". */
import { decodeBase64 } from './encoding';
import { NoteError } from './note_error';

const BEGINNING = '— ';
const KEY_ID_BYTES = 4;

/** A signature as it stands in a note. */
export interface NoteSignature {
  /** Of the key. */
  readonly name: string;
  /** The four bytes that tell keys of one name apart, as a number. */
  readonly keyId: number;
  /** What is behind the key's id. */
  readonly signature: Buffer;
  /** The whole line, with its line feed: what `signedNote` takes. */
  readonly line: string;
}

/** Whether a key may be called so: not empty, without white space, plus, control characters and halves of surrogate pairs. */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+\p{Cc}\p{Cs}]/u.test(name);
}

/** The line of a signature, with its line feed. @throws NoteError for a name that no key may have */
export function signatureLine(name: string, keyId: number, signature: Uint8Array): string {
  if (!isKeyName(name))
    throw new NoteError('the name of a key is not empty and has neither white space nor a plus');
  const id = Buffer.alloc(KEY_ID_BYTES);
  id.writeUInt32BE(keyId);
  return `${BEGINNING}${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** Reads a line, which is given without its line feed; `undefined` where it is not that of a signature. */
export function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(BEGINNING)) return undefined;
  const [name = '', base64 = '', ...more] = line.slice(BEGINNING.length).split(' ');
  const bytes = decodeBase64(base64);
  if (more.length > 0 || !isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES)
    return undefined;
  const signature = bytes.subarray(KEY_ID_BYTES);
  return { name, keyId: bytes.readUInt32BE(0), signature, line: `${line}\n` };
}

/** The signatures under a note: none is checked, and what is no line of a signature is passed over. */
export function signaturesUnder(note: string): NoteSignature[] {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2).split('\n');
  return lines.flatMap((line) => parseSignatureLine(line) ?? []);
}

/**
 * The names under a note, each once, as they stand there (see {@link signaturesUnder}).
 *
 * @param limit how many are given at most
 */
export function signerNames(note: string, limit: number): readonly string[] {
  return [...new Set(signaturesUnder(note).map(({ name }) => name))].slice(0, limit);
}

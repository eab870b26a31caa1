/** Notes: texts that carry signatures. C2SP signed-note. */
import { isUtf8 } from 'node:buffer';
import { createPublicKey, KeyObject, sign } from 'node:crypto';

import { quoted } from './encoding';
import { NoteError } from './note_error';
import { NoteSignature, parseSignatureLine, signatureLine } from './signature_line';
import { NoteVerifier, parseVerifierKey, verifierKey } from './verifier_key';

export { NoteError } from './note_error';
export type { NoteSignature } from './signature_line';
export { signerNames } from './signature_line';
export { parseVerifierKey, SIGNATURE_TYPE, verifierKey } from './verifier_key';
export type { NoteVerifier, SignatureType } from './verifier_key';

/** How many bytes a note may have, its signatures included. */
export const MAX_NOTE_BYTES = 1_000_000;
/** How many signatures a note may have; C2SP demands that 16 are taken. */
export const MAX_SIGNATURES = 100;

/** Signs notes with one key. */
export interface NoteSigner {
  readonly name: string;
  /** What others verify with, as {@link parseVerifierKey} reads it. */
  readonly verifierKey: string;
  /** The line of the signature of a text, with its line feed. @throws NoteError for a text that no note may have */
  sign(text: string): string;
}

/** A signer with an Ed25519 key. @throws NoteError for a name that no key may have, or another kind of key */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  const vkey = verifierKey(name, publicKeyOf(privateKey));
  const { keyId } = parseVerifierKey(vkey);
  return {
    name,
    verifierKey: vkey,
    sign: (text) => {
      checkText(text);
      return signatureLine(name, keyId, sign(null, Buffer.from(text), privateKey));
    },
  };
}

/** The public half of a key that signs. @throws NoteError where it does not sign */
export function publicKeyOf(privateKey: KeyObject): KeyObject {
  if (privateKey.type !== 'private') throw new NoteError('notes are signed with a private key');
  return createPublicKey(privateKey);
}

/**
 * A note: the text, a blank line, and the signatures.
 *
 * @param signatureLines each with its line feed, as they are made by a signer and given back by {@link openNote}
 * @throws NoteError for a text or lines that no note may have
 */
export function signedNote(text: string, ...signatureLines: readonly string[]): string {
  checkText(text);
  const note = `${text}\n${signatureLines.join('')}`;
  for (const line of signatureLines) {
    if (!line.endsWith('\n') || parseSignatureLine(line.slice(0, -1)) === undefined) {
      throw new NoteError(`${quoted(line)} is not the line of a signature`);
    }
  }
  splitNote(note);
  return note;
}

/**
 * Checks a text that is to be signed.
 *
 * @throws NoteError unless it ends with a line feed, and has no other control characters and no half of a surrogate pair
 */
export function checkText(text: string): void {
  if (!text.endsWith('\n')) throw new NoteError('the text of a note must end with a line feed');
  decodeNote(text);
}

/** A signature that is the key's. */
export interface VerifiedSignature extends NoteSignature {
  readonly verifier: NoteVerifier;
  /** When it was made, in seconds since 1970, as a cosigner says; only of cosignatures. */
  readonly timeSeconds?: number;
}

/** A note of which at least one signature is that of a known key. */
export interface OpenedNote {
  /** What is signed, with the line feed at its end. */
  readonly text: string;
  /**
   * The signatures of known keys, each key once. A key that has signed twice counts once; of cosignatures the earlier is
   * given, which says as much as both. Which keys must be among them is for the caller to say.
   */
  readonly verified: readonly VerifiedSignature[];
  /** Those of others, of which nothing is known. */
  readonly unverified: readonly NoteSignature[];
}

/**
 * Opens a note that was signed by at least one of the keys.
 *
 * @throws NoteError for a malformed note; one of over 1,000,000 bytes or 100 signatures; one of which any signature in
 * the name and with the id of a known key is not the key's; one without a signature of a known key; and for two different
 * keys of the same name and id among the verifiers
 */
export function openNote(note: Uint8Array | string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const known = indexKeys(verifiers);
  const verified = new Map<NoteVerifier, VerifiedSignature>();
  const unverified: NoteSignature[] = [];
  for (const signature of signatures) {
    const verifier = known.get(keyOf(signature));
    if (verifier === undefined) {
      unverified.push(signature);
      continue;
    }
    const checked = checkSignature(text, signature, verifier);
    const other = verified.get(verifier);
    if (other === undefined || isEarlier(checked, other)) verified.set(verifier, checked);
  }
  if (verified.size === 0) throw new NoteError('the note has no signature of a known key');
  return { text, verified: [...verified.values()], unverified };
}

function checkSignature(text: string, signature: NoteSignature, verifier: NoteVerifier): VerifiedSignature {
  if (!verifier.verify(text, signature.signature)) {
    throw new NoteError(`the note has a signature in the name of ${quoted(verifier.name)} that is not its`);
  }
  const timeSeconds = verifier.timeSeconds(signature.signature);
  return { ...signature, verifier, ...(timeSeconds === undefined ? {} : { timeSeconds }) };
}

function isEarlier(one: VerifiedSignature, other: VerifiedSignature): boolean {
  return (one.timeSeconds ?? 0) < (other.timeSeconds ?? 0);
}

/** Takes a note apart, without looking at who signed it. @throws NoteError where it is malformed or too large */
function splitNote(note: Uint8Array | string): { text: string; signatures: NoteSignature[] } {
  const whole = decodeNote(note);
  const blank = whole.lastIndexOf('\n\n');
  if (blank < 0) throw new NoteError('the note has no blank line between its text and its signatures');
  const lines = whole.slice(blank + 2).split('\n');
  if (lines.pop() !== '') throw new NoteError('the note does not end with a line feed');
  if (lines.length === 0) throw new NoteError('the note has no signatures');
  if (lines.length > MAX_SIGNATURES) {
    throw new NoteError(
      `the note has ${lines.length} lines of signatures; at most ${MAX_SIGNATURES} are allowed`,
    );
  }
  const signatures = lines.map((line) => {
    const signature = parseSignatureLine(line);
    if (signature === undefined)
      throw new NoteError(`the note has a line ${quoted(line)} that is no signature`);
    return signature;
  });
  return { text: whole.slice(0, blank + 1), signatures };
}

function decodeNote(note: Uint8Array | string): string {
  const bytes = typeof note === 'string' ? Buffer.from(note) : note;
  if (bytes.length > MAX_NOTE_BYTES) {
    throw new NoteError(`the note has ${bytes.length} bytes; at most ${MAX_NOTE_BYTES} are allowed`);
  }
  if (!isUtf8(bytes)) throw new NoteError('the note is not UTF-8');
  const text = Buffer.from(bytes).toString('utf8');
  if (typeof note === 'string' && note !== text) throw new NoteError('the note has half of a surrogate pair');
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw new NoteError('the note has control characters');
  return text;
}

const keyOf = ({ name, keyId }: { readonly name: string; readonly keyId: number }): string =>
  `${name}+${keyId}`;

function indexKeys(verifiers: readonly NoteVerifier[]): Map<string, NoteVerifier> {
  const known = new Map<string, NoteVerifier>();
  for (const verifier of verifiers) {
    const same = known.get(keyOf(verifier));
    if (same !== undefined && !(same.type === verifier.type && same.publicKey.equals(verifier.publicKey))) {
      throw new NoteError(`two keys are called ${quoted(verifier.name)} and have the same id`);
    }
    known.set(keyOf(verifier), same ?? verifier);
  }
  return known;
}

/** Keys that verify signatures of notes: C2SP signed-note, "Signatures", and C2SP tlog-cosignature. */
import { createHash, createPublicKey, KeyObject, verify } from 'node:crypto';

import { decodeBase64, quoted } from './encoding';
import { NoteError } from './note_error';
import { isKeyName } from './signature_line';

/** How a key signs: Ed25519 over the text of the note, or over its time and the text as a cosigner does. */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE];

/** How many bytes a public key has. */
export const PUBLIC_KEY_BYTES = 32;
const TIME_BYTES = 8;
const ED25519_SIGNATURE_BYTES = 64;

/** Verifies the signatures of one key. */
export interface NoteVerifier {
  readonly name: string;
  /** The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), as a number. */
  readonly keyId: number;
  readonly type: SignatureType;
  readonly publicKey: KeyObject;
  /**
   * Whether this is the key's signature of the text of a note.
   *
   * @param signature what stands behind the key's id
   */
  verify(text: string, signature: Uint8Array): boolean;
  /** The time of a cosignature, in seconds since 1970; `undefined` for other signatures. To be asked of verified ones. */
  timeSeconds(signature: Uint8Array): number | undefined;
}

/**
 * Writes a public key as `name+id+key`: the id in hexadecimal, type and key in base64.
 *
 * @param publicKey an Ed25519 key
 * @throws NoteError for a name that no key may have, or another kind of key
 */
export function verifierKey(
  name: string,
  publicKey: KeyObject,
  type: SignatureType = SIGNATURE_TYPE.ed25519,
): string {
  if (!isKeyName(name)) {
    throw new NoteError(
      `a key cannot be called ${quoted(name)}: allowed is a text without white space and plus`,
    );
  }
  const material = Buffer.concat([Uint8Array.of(type), rawPublicKey(publicKey)]);
  const id = keyIdOf(name, material).toString(16).padStart(8, '0');
  return `${name}+${id}+${material.toString('base64')}`;
}

/**
 * Reads a public key that {@link verifierKey} or another implementation wrote.
 *
 * @throws NoteError where it is malformed, its id is that of another key, or it is of a type that we do not verify
 */
export function parseVerifierKey(vkey: string): NoteVerifier {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey);
  const [name = '', id = '', base64 = ''] = parts?.slice(1) ?? [];
  const material = decodeBase64(base64);
  if (!isKeyName(name) || material === undefined || material.length === 0) {
    throw new NoteError(
      `${quoted(vkey)} is not a verifier key, NAME+ID+KEY with 8 hexadecimal digits and base64`,
    );
  }
  const keyId = Number.parseInt(id, 16);
  if (keyIdOf(name, material) !== keyId) {
    throw new NoteError(
      `the verifier key of ${quoted(name)} is mistyped: its name and key do not have the id ${id}`,
    );
  }
  const type = material[0]!;
  if (type !== SIGNATURE_TYPE.ed25519 && type !== SIGNATURE_TYPE.cosignature) {
    throw new NoteError(
      `the verifier key of ${quoted(name)} is of type ${type}; allowed are 1 (Ed25519) and 4 (cosigner)`,
    );
  }
  if (material.length !== 1 + PUBLIC_KEY_BYTES) {
    throw new NoteError(
      `the verifier key of ${quoted(name)} has ${material.length - 1} bytes, not ${PUBLIC_KEY_BYTES}`,
    );
  }
  const x = material.subarray(1).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const check = { [SIGNATURE_TYPE.ed25519]: isSignature, [SIGNATURE_TYPE.cosignature]: isCosignature }[type];
  return {
    name,
    keyId,
    type,
    publicKey,
    verify: (text, signature) => check(publicKey, text, signature),
    timeSeconds: (signature) => (type === SIGNATURE_TYPE.cosignature ? timeOf(signature) : undefined),
  };
}

/** What a cosigner signs: C2SP tlog-cosignature, "Ed25519 signed message". */
export function cosignedMessage(text: string, timeSeconds: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

function isSignature(key: KeyObject, text: string, signature: Uint8Array): boolean {
  return signature.length === ED25519_SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature);
}

function isCosignature(key: KeyObject, text: string, signature: Uint8Array): boolean {
  if (signature.length !== TIME_BYTES + ED25519_SIGNATURE_BYTES) return false;
  const timeSeconds = timeOf(signature);
  if (timeSeconds === undefined) return false;
  return verify(null, cosignedMessage(text, timeSeconds), key, signature.subarray(TIME_BYTES));
}

/** The time before a cosignature; `undefined` for one that is no time, since it is over 2^53 − 1 seconds. */
function timeOf(signature: Uint8Array): number | undefined {
  const time = Number(Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE());
  return Number.isSafeInteger(time) ? time : undefined;
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  const { crv, x } = publicKey.asymmetricKeyType === 'ed25519' ? publicKey.export({ format: 'jwk' }) : {};
  if (crv !== 'Ed25519' || x === undefined) throw new NoteError('the key of a note must be an Ed25519 key');
  return Buffer.from(x, 'base64url');
}

/** What tells keys of one name apart. @param material the type and the public key */
export function keyIdOf(name: string, material: Uint8Array): number {
  return createHash('sha256').update(`${name}\n`).update(material).digest().readUInt32BE(0);
}

/** Cosignatures: what a witness or a control says of a checkpoint, and when. C2SP tlog-cosignature, Ed25519. */
import { KeyObject, sign } from 'node:crypto';

import { parseCheckpoint } from './checkpoint';
import { NoteError, parseVerifierKey, publicKeyOf, SIGNATURE_TYPE, verifierKey } from './note';
import { signatureLine } from './signature_line';
import { cosignedMessage } from './verifier_key';

/**
 * Cosigns the text of a checkpoint: says that at that time this was the largest tree of its log that the cosigner knew, and
 * that it begins with every earlier one.
 *
 * @param privateKey an Ed25519 key that signs nothing but these cosignatures
 * @param timeSeconds since 1970, a whole number
 * @returns the line of the signature, with its line feed; `openNote` verifies it with {@link cosignerKey}
 * @throws NoteError for a text that is no checkpoint, a name that no key may have, another kind of key, or a wrong time
 */
export function cosign(noteText: string, name: string, privateKey: KeyObject, timeSeconds: number): string {
  parseCheckpoint(noteText);
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) {
    throw new NoteError(`${String(timeSeconds)} is not a time in whole seconds since 1970`);
  }
  const { keyId } = parseVerifierKey(cosignerKey(name, publicKeyOf(privateKey)));
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  const signature = sign(null, cosignedMessage(noteText, timeSeconds), privateKey);
  return signatureLine(name, keyId, Buffer.concat([time, signature]));
}

/** The verifier key of a cosigner: {@link verifierKey} of type 0x04. @throws NoteError as that does */
export function cosignerKey(name: string, publicKey: KeyObject): string {
  return verifierKey(name, publicKey, SIGNATURE_TYPE.cosignature);
}

/**
 * What binds a log to bets that it does not show. A batch's commitment is the SHA-256 of a salt and of the batch's
 * digest: who has the salt and the bets can compute it, who has the commitment alone learns nothing, also of a batch
 * of one bet that could be guessed. The salts of an agency follow from one key, so that its FIN's receipt opens all.
 */
import { createHmac } from 'node:crypto';

import { HASH_BYTES, sha256 } from '../tree/hash';

/** What the digest of a batch covers beside its bets. */
export interface BatchNumbers {
  readonly agency: number;
  readonly batchId: number;
  readonly bets: number;
  readonly lastBetId: number;
}

/** The chain of an agency of which no batch is stored. */
export const FIRST_CHAIN: Buffer = Buffer.alloc(HASH_BYTES);

/** The digest of a batch. @param text its bets joined with `;`, as they came, without the `;` in front */
export function batchDigest({ agency, batchId, bets, lastBetId }: BatchNumbers, text: Uint8Array): Buffer {
  return sha256(Buffer.from(`${agency},${batchId},${bets},${lastBetId};`), text);
}

/** The key of an agency's salts. @param secret that of the whole log, 32 bytes */
export function agencySaltKey(secret: Uint8Array, agency: number): Buffer {
  return hmac(secret, `lottery-agency-salt/v1 ${agency}`);
}

/** The salt of a batch. */
export function batchSalt(agencyKey: Uint8Array, batchId: number): Buffer {
  return hmac(agencyKey, String(batchId));
}

/** The commitment to a batch. @param digest {@link batchDigest} */
export function commitment(salt: Uint8Array, digest: Uint8Array): Buffer {
  return sha256(salt, digest);
}

/** The chain of an agency with one more batch. */
export function nextChain(chain: Uint8Array, batchCommitment: Uint8Array): Buffer {
  return sha256(chain, batchCommitment);
}

/** The commitment to what an agency has won. @param documents the payload of its WIN: joined with `,`, empty for none */
export function winnersCommitment(agencyKey: Uint8Array, documents: string): Buffer {
  return sha256(hmac(agencyKey, 'winners'), sha256(Buffer.from(documents)));
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

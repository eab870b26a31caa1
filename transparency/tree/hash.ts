/** The hashes of a Merkle tree over SHA-256: RFC 6962, section 2.1. */
import { createHash } from 'node:crypto';

/** How many bytes every hash has. */
export const HASH_BYTES = 32;

/** What stands before an entry, and before two hashes, so that neither can be taken for the other. */
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

/** SHA-256 of the parts, one behind the other: 32 bytes. */
export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The hash of a leaf: SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Buffer {
  return sha256(LEAF_PREFIX, entry);
}

/** The hash of two subtrees side by side: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE_PREFIX, left, right);
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT = sha256();

/** The tree of the lottery's log: RFC 6962, section 2.1, and proofs of consistency as RFC 9162, section 2.1.4.2, has them. */
import { createHash } from 'node:crypto';

/** How many bytes a hash has. */
export const HASH_BYTES = 32;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** SHA-256 of these bytes, one behind the other. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The hash of a leaf. */
export function leafHash(entry: Uint8Array): Buffer {
  return sha256(LEAF, entry);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/** A tree that grows. Only the roots of its complete subtrees are kept, the largest first. */
export class Tree {
  #size = 0;
  readonly #subtrees: { readonly leaves: number; readonly hash: Buffer }[] = [];

  /** How many leaves it has. */
  get size(): number {
    return this.#size;
  }

  /** The root; of a tree without leaves SHA-256 of nothing. */
  get root(): Buffer {
    const hashes = this.#subtrees.map(({ hash }) => hash);
    return hashes.length === 0 ? sha256() : hashes.reduceRight((right, left) => nodeHash(left, right));
  }

  /** Adds a leaf. */
  append(entry: Uint8Array): void {
    let added = { leaves: 1, hash: leafHash(entry) };
    while (this.#subtrees.at(-1)?.leaves === added.leaves) {
      added = { leaves: 2 * added.leaves, hash: nodeHash(this.#subtrees.pop()!.hash, added.hash) };
    }
    this.#subtrees.push(added);
    this.#size++;
  }
}

/** A tree as a checkpoint tells of it. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Whether a proof shows that the larger tree begins with the smaller one. From a tree without leaves there is nothing to
 * prove: the proof is empty, as it is between equal trees.
 */
export function isConsistent(from: TreeHead, to: TreeHead, proof: readonly Buffer[]): boolean {
  if (from.size > to.size) return false;
  if (from.size === 0) return proof.length === 0;
  if (from.size === to.size) return proof.length === 0 && from.root.equals(to.root);
  const hashes = isPowerOfTwo(from.size) ? [from.root, ...proof] : [...proof];
  let node = from.size - 1;
  let last = to.size - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  const first = hashes.shift();
  if (first === undefined) return false;
  let [smaller, larger] = [first, first];
  for (const beside of hashes) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [smaller, larger] = [nodeHash(beside, smaller), nodeHash(beside, larger)];
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      larger = nodeHash(larger, beside);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && smaller.equals(from.root) && larger.equals(to.root);
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function isPowerOfTwo(count: number): boolean {
  while (count % 2 === 0) count /= 2;
  return count === 1;
}

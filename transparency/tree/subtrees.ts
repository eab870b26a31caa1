/**
 * Which complete subtrees a tree is made of. All numbers are counts of leaves up to 2^53 − 1, where a bit shift would cut
 * them to 32 bits: they are halved by division, which is exact.
 */
import { nodeHash } from './hash';
import { ProofError } from './proof_error';

/** A complete subtree: the 2^level leaves from index · 2^level on. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** Gives the hash of the complete subtree of 2^level leaves at that index: the leaves from index · 2^level on. */
export type HashSource = (level: number, index: number) => Buffer;

/** @throws ProofError where `value` is not a whole number from 0 to 2^53 − 1; `what` names it */
export function checkCount(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ProofError(`${what} is ${String(value)}; allowed are whole numbers from 0 to 2^53 - 1`);
  }
}

/** Half of a count, rounded down. */
export function half(count: number): number {
  return Math.floor(count / 2);
}

/** Whether a count is odd. */
export function isOdd(count: number): boolean {
  return count % 2 === 1;
}

/** The largest power of two that is smaller than `size`, which is 2 or more: where RFC 6962 splits a tree. */
export function splitOf(size: number): number {
  let power = 1;
  while (power < size - power) power *= 2;
  return power;
}

/**
 * The complete subtrees that make up the leaves from `begin` to before `end`, from left to right, each as large as can be.
 * `begin` is a multiple of the largest of them, as it is wherever a tree is split.
 */
export function subtreesOf(begin: number, end: number): Subtree[] {
  const subtrees: Subtree[] = [];
  let from = begin;
  while (from < end) {
    let level = 0;
    let leaves = 1;
    while (leaves <= end - from - leaves) {
      leaves *= 2;
      level++;
    }
    subtrees.push({ level, index: from / leaves });
    from += leaves;
  }
  return subtrees;
}

/** The root over subtrees that stand side by side, of which there is at least one: joined from the right. */
export function joinRoots(roots: readonly Buffer[]): Buffer {
  return roots.reduceRight((right, left) => nodeHash(left, right));
}

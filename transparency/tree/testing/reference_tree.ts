/** The definitions of RFC 6962, section 2.1, word for word: slow, and easy to compare with the text. */
import { EMPTY_ROOT, leafHash, nodeHash } from '../hash';
import { HashSource } from '../merkle';

/** MTH(D[n]) over leaf hashes. */
export function referenceRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? EMPTY_ROOT;
  const k = splitAt(leaves.length);
  return nodeHash(referenceRoot(leaves.slice(0, k)), referenceRoot(leaves.slice(k)));
}

/** PATH(m, D[n]). */
export function referencePath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = splitAt(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k
    ? [...referencePath(m, left), referenceRoot(right)]
    : [...referencePath(m - k, right), referenceRoot(left)];
}

/** SUBPROOF(m, D[n], whole); PROOF(m, D[n]) with `whole`. */
export function referenceProof(m: number, leaves: readonly Buffer[], whole = true): Buffer[] {
  if (m === leaves.length) return whole ? [] : [referenceRoot(leaves)];
  const k = splitAt(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k
    ? [...referenceProof(m, left, whole), referenceRoot(right)]
    : [...referenceProof(m - k, right, false), referenceRoot(left)];
}

/** The largest power of two smaller than n. */
function splitAt(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

/** `count` leaves, each another. */
export function someLeaves(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
}

/** The hashes of complete subtrees of these leaves, each reckoned once. */
export function sourceOf(leaves: readonly Buffer[]): HashSource {
  const levels: Buffer[][] = [[...leaves]];
  for (let below = levels[0]!; below.length > 1;) {
    const pairs = Math.floor(below.length / 2);
    below = Array.from({ length: pairs }, (_, at) =>
      nodeHash(levels.at(-1)![2 * at]!, levels.at(-1)![2 * at + 1]!),
    );
    levels.push(below);
  }
  return (level, index) => {
    const hash = levels[level]?.[index];
    if (hash === undefined) throw new Error(`no complete subtree ${index} of level ${level}`);
    return hash;
  };
}

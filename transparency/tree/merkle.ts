/**
 * Trees and proofs of RFC 6962, section 2.1; how proofs are checked is told in RFC 9162, sections 2.1.3.2 and 2.1.4.2.
 * A tree has up to 2^53 − 1 leaves.
 */
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hash';
import { ProofError } from './proof_error';
import { checkCount, half, HashSource, isOdd, joinRoots, splitOf, subtreesOf } from './subtrees';

export { ProofError } from './proof_error';
export type { HashSource } from './subtrees';

/** Told of a complete subtree, which never changes again. */
export type SubtreeListener = (level: number, index: number, hash: Buffer) => void;

/** A tree that grows, of which only the largest complete subtrees are kept: at most 53 hashes. */
export class CompactRange {
  readonly #roots: Buffer[] = [];
  #size = 0;

  /** The tree of the first `size` leaves, read from where its hashes are kept. @throws ProofError for a wrong size */
  static restore(size: number, source: HashSource): CompactRange {
    checkCount(size, 'the size of the tree');
    const range = new CompactRange();
    range.#roots.push(...hashesOf(0, size, source));
    range.#size = size;
    return range;
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a leaf by its hash, which is kept and must not be changed. The listener is told of every complete subtree that
   * it makes, the leaf itself (level 0) first.
   *
   * @throws ProofError for a hash that is not of 32 bytes, or a leaf too many
   */
  append(leafHash: Buffer, onSubtree?: SubtreeListener): void {
    checkHash(leafHash, 'the hash of the leaf');
    checkCount(this.#size + 1, 'the size of the tree');
    let hash = leafHash;
    let index = this.#size;
    let level = 0;
    onSubtree?.(level, index, hash);
    while (isOdd(index)) {
      hash = nodeHash(this.#roots.pop()!, hash);
      index = half(index);
      level++;
      onSubtree?.(level, index, hash);
    }
    this.#roots.push(hash);
    this.#size++;
  }

  /** The root of the leaves so far. */
  root(): Buffer {
    return this.#roots.length === 0 ? EMPTY_ROOT : joinRoots(this.#roots);
  }
}

/** The root of a tree of these leaves. @throws ProofError for a hash that is not of 32 bytes */
export function rootOf(leafHashes: Iterable<Buffer>): Buffer {
  const range = new CompactRange();
  for (const hash of leafHashes) range.append(hash);
  return range.root();
}

/**
 * The proof that the leaf at `index` is in the tree of `size` leaves: the hashes beside its way to the root, from the
 * leaf upwards. It asks the source for at most 2 · 53 hashes.
 *
 * @throws ProofError unless 0 <= index < size
 */
export function inclusionProof(index: number, size: number, source: HashSource): Buffer[] {
  checkIndex(index, size);
  const downwards: Buffer[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + splitOf(end - begin);
    if (index < middle) {
      downwards.push(rootBetween(middle, end, source));
      end = middle;
    } else {
      downwards.push(rootBetween(begin, middle, source));
      begin = middle;
    }
  }
  return downwards.reverse();
}

/**
 * The proof that the tree of `toSize` leaves begins with that of `fromSize`. It is empty where the sizes are the same.
 *
 * @throws ProofError unless 0 < fromSize <= toSize; from an empty tree there is nothing to prove
 */
export function consistencyProof(fromSize: number, toSize: number, source: HashSource): Buffer[] {
  checkSizes(fromSize, toSize);
  const downwards: Buffer[] = [];
  let begin = 0;
  let end = toSize;
  while (end !== fromSize) {
    const middle = begin + splitOf(end - begin);
    if (fromSize <= middle) {
      downwards.push(rootBetween(middle, end, source));
      end = middle;
    } else {
      downwards.push(rootBetween(begin, middle, source));
      begin = middle;
    }
  }
  // What begins with the first leaf is the smaller tree itself, whose root the verifier has.
  if (begin !== 0) downwards.push(rootBetween(begin, end, source));
  return downwards.reverse();
}

/** What a proof of inclusion claims: the tree of `size` leaves with this root has that leaf at `index`. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/**
 * Returns where the claim is proved: RFC 9162, section 2.1.3.2.
 *
 * @throws ProofError for an index outside of the tree, a proof that is longer or shorter than it must be, a hash that is
 * not of 32 bytes, or another root
 */
export function verifyInclusion({ index, size, leafHash, proof, root }: InclusionClaim): void {
  checkIndex(index, size);
  checkHash(leafHash, 'the hash of the leaf');
  checkHash(root, 'the root');
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  for (const beside of proof) {
    checkHash(beside, 'a hash of the proof');
    if (last === 0) throw tooLong();
    if (isOdd(node) || node === last) {
      hash = nodeHash(beside, hash);
      // A subtree at the right edge that has none beside it is carried upwards as it is.
      while (!isOdd(node)) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, beside);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw tooShort();
  checkSame(hash, root, 'the proof leads to another root');
}

/** What a proof of consistency claims: the tree of `toSize` leaves begins with the tree of `fromSize`. */
export interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly toSize: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Returns where the claim is proved: RFC 9162, section 2.1.4.2. For the same size twice the proof is empty and the roots
 * are the same.
 *
 * @throws ProofError unless 0 < fromSize <= toSize, for a proof that is longer or shorter than it must be, a hash that is
 * not of 32 bytes, or another root
 */
export function verifyConsistency({ fromSize, fromRoot, toSize, toRoot, proof }: ConsistencyClaim): void {
  checkSizes(fromSize, toSize);
  checkHash(fromRoot, 'the root of the smaller tree');
  checkHash(toRoot, 'the root of the larger tree');
  for (const hash of proof) checkHash(hash, 'a hash of the proof');
  if (fromSize === toSize) {
    if (proof.length > 0) throw tooLong();
    checkSame(fromRoot, toRoot, 'trees of the same size have different roots');
    return;
  }
  let node = fromSize - 1;
  let last = toSize - 1;
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // A smaller tree that is one complete subtree is where the proof begins.
  const hashes = node === 0 ? [fromRoot, ...proof] : proof;
  const first = hashes[0];
  if (first === undefined) throw tooShort();
  let [fromHash, toHash] = [first, first];
  for (const beside of hashes.slice(1)) {
    if (last === 0) throw tooLong();
    if (isOdd(node) || node === last) {
      [fromHash, toHash] = [nodeHash(beside, fromHash), nodeHash(beside, toHash)];
      while (!isOdd(node)) [node, last] = [half(node), half(last)];
    } else {
      toHash = nodeHash(toHash, beside);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw tooShort();
  checkSame(fromHash, fromRoot, 'the proof leads to another root of the smaller tree');
  checkSame(toHash, toRoot, 'the proof leads to another root of the larger tree');
}

function hashesOf(begin: number, end: number, source: HashSource): Buffer[] {
  return subtreesOf(begin, end).map(({ level, index }) => source(level, index));
}

function rootBetween(begin: number, end: number, source: HashSource): Buffer {
  return joinRoots(hashesOf(begin, end, source));
}

function checkIndex(index: number, size: number): void {
  checkCount(size, 'the size of the tree');
  checkCount(index, 'the index of the leaf');
  if (index >= size) throw new ProofError(`the leaf ${index} is not in a tree of size ${size}`);
}

function checkSizes(fromSize: number, toSize: number): void {
  checkCount(fromSize, 'the size of the smaller tree');
  checkCount(toSize, 'the size of the larger tree');
  if (fromSize === 0) throw new ProofError('from an empty tree there is nothing to prove');
  if (fromSize > toSize)
    throw new ProofError(`a tree of size ${toSize} cannot begin with one of ${fromSize}`);
}

function checkHash(hash: Uint8Array, what: string): void {
  if (hash.length !== HASH_BYTES) {
    throw new ProofError(`${what} has ${hash.length} bytes; it must have ${HASH_BYTES}`);
  }
}

function checkSame(actual: Uint8Array, expected: Uint8Array, message: string): void {
  if (Buffer.compare(actual, expected) !== 0) throw new ProofError(message);
}

const tooLong = (): ProofError => new ProofError('the proof has more hashes than it must have');
const tooShort = (): ProofError => new ProofError('the proof has fewer hashes than it must have');

import { EMPTY_ROOT, leafHash, nodeHash, sha256 } from './hash';
import {
  CompactRange,
  consistencyProof,
  HashSource,
  inclusionProof,
  ProofError,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle';
import { referencePath, referenceProof, referenceRoot, someLeaves, sourceOf } from './testing/reference_tree';

/** Compared as texts, since jest takes long over bytes. */
const hex = (hashes: readonly Buffer[]): string => hashes.map((hash) => hash.toString('hex')).join(' ');

const LARGEST = 300;
const leaves = someLeaves(LARGEST);
const source = sourceOf(leaves);
const roots = Array.from({ length: LARGEST + 1 }, (_, size) => referenceRoot(leaves.slice(0, size)));

describe('against the definitions of RFC 6962, for every size up to 300', () => {
  test('the roots are the same, and every complete subtree is told of once', () => {
    const range = new CompactRange();
    const told = new Map<string, Buffer>();
    for (const [index, leaf] of leaves.entries()) {
      expect(range.root()).toEqual(roots[index]);
      range.append(leaf, (level, at, hash) => {
        expect(told.has(`${level} ${at}`)).toBe(false);
        told.set(`${level} ${at}`, hash);
        expect(hash).toEqual(source(level, at));
      });
      expect(range.size).toBe(index + 1);
      expect(CompactRange.restore(range.size, source).root()).toEqual(range.root());
    }
    expect(rootOf(leaves)).toEqual(roots[LARGEST]);
    // 300 + 150 + 75 + 37 + 18 + 9 + 4 + 2 + 1
    expect(told.size).toBe(596);
  });

  test('a range goes on from where it was restored', () => {
    const range = CompactRange.restore(173, source);
    for (const leaf of leaves.slice(173)) range.append(leaf);
    expect(range.root()).toEqual(roots[LARGEST]);
  });

  test('proofs of inclusion are the same, and verify', () => {
    for (let size = 1; size <= LARGEST; size++) {
      // All of them up to 64, then both edges and one between.
      const indexes = size <= 64 ? [...Array(size).keys()] : [0, (size * 31) % 61, size - 1];
      for (const index of indexes) {
        const proof = inclusionProof(index, size, source);
        expect(hex(proof)).toBe(hex(referencePath(index, leaves.slice(0, size))));
        verifyInclusion({ index, size, leafHash: leaves[index]!, proof, root: roots[size]! });
      }
    }
  });

  test('proofs of consistency are the same, and verify', () => {
    for (let toSize = 1; toSize <= LARGEST; toSize++) {
      const all = [...Array(toSize + 1).keys()].slice(1);
      for (const fromSize of toSize <= 64 ? all : all.filter((from) => (from * 31 + toSize) % 61 === 0)) {
        const proof = consistencyProof(fromSize, toSize, source);
        expect(hex(proof)).toBe(hex(referenceProof(fromSize, leaves.slice(0, toSize))));
        verifyConsistency({
          fromSize,
          fromRoot: roots[fromSize]!,
          toSize,
          toRoot: roots[toSize]!,
          proof,
        });
      }
    }
  });
});

/** Every way in which a proof is not the one that it must be. */
function spoilt(proof: readonly Buffer[]): Buffer[][] {
  const other = sha256(Buffer.from('another'));
  const flipped = proof.map((hash, at) => proof.with(at, Buffer.from([hash[0]! ^ 1, ...hash.subarray(1)])));
  const short = proof.map((hash, at) => proof.with(at, hash.subarray(1)));
  const left = proof.map((_, at) => proof.filter((_, place) => place !== at));
  return [
    ...flipped,
    ...short,
    ...left,
    [...proof, other],
    [other, ...proof],
    [...proof, ...proof.slice(-1)],
  ].filter(
    (changed) => changed.length !== proof.length || changed.some((hash, at) => !hash.equals(proof[at]!)),
  );
}

test('no proof that is changed anywhere verifies, and none for another place', () => {
  for (let size = 1; size <= 11; size++) {
    for (let index = 0; index < size; index++) {
      const right = { index, size, leafHash: leaves[index]!, root: roots[size]! };
      const proof = inclusionProof(index, size, source);
      for (const changed of spoilt(proof)) {
        expect(() => verifyInclusion({ ...right, proof: changed })).toThrow(ProofError);
      }
      for (let other = 0; other < size; other++) {
        if (other === index) continue;
        expect(() => verifyInclusion({ ...right, index: other, proof })).toThrow(ProofError);
      }
      expect(() => verifyInclusion({ ...right, root: roots[size - 1]!, proof })).toThrow(ProofError);
    }
    for (let fromSize = 1; fromSize < size; fromSize++) {
      const right = { fromSize, fromRoot: roots[fromSize]!, toSize: size, toRoot: roots[size]! };
      const proof = consistencyProof(fromSize, size, source);
      for (const changed of spoilt(proof)) {
        expect(() => verifyConsistency({ ...right, proof: changed })).toThrow(ProofError);
      }
      for (let other = 0; other <= size; other++) {
        if (other === fromSize) continue;
        expect(() => verifyConsistency({ ...right, fromSize: other, proof })).toThrow(ProofError);
      }
      expect(() => verifyConsistency({ ...right, fromRoot: roots[size]!, proof })).toThrow(ProofError);
    }
  }
});

test('a proof whose length is wrong says so, whatever its hashes are', () => {
  const right = { index: 3, size: 8, leafHash: leaves[3]!, root: roots[8]! };
  const proof = inclusionProof(3, 8, source);
  expect(() => verifyInclusion({ ...right, proof: [] })).toThrow('fewer hashes than it must have');
  expect(() => verifyInclusion({ ...right, proof: proof.slice(1) })).toThrow('fewer hashes');
  expect(() => verifyInclusion({ ...right, proof: [...proof, roots[0]!] })).toThrow('more hashes than');
  expect(() => verifyInclusion({ ...right, proof: [proof[0]!.subarray(1)] })).toThrow('has 31 bytes');
});

describe('a tree of 2^52 + 3 leaves, all the same, where nothing fits into 32 bits', () => {
  const leaf = leafHash(Buffer.from('the same'));
  const powers = [leaf];
  while (powers.length <= 53) powers.push(nodeHash(powers.at(-1)!, powers.at(-1)!));
  const same: HashSource = (level, index) => {
    expect((index + 1) * 2 ** level).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
    return powers[level]!;
  };
  const size = 2 ** 52 + 3;
  const root = CompactRange.restore(size, same).root();

  test.each([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 2 ** 52 - 1, 2 ** 52, 2 ** 52 + 1, 2 ** 52 + 2])(
    'leaf %d is proved, and at no other place near it',
    (index) => {
      const proof = inclusionProof(index, size, same);
      verifyInclusion({ index, size, leafHash: leaf, proof, root });
      expect(() => verifyInclusion({ index, size, leafHash: leaf, proof: proof.slice(1), root })).toThrow();
    },
  );

  test.each([1, 2, 3, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 51 + 7, 2 ** 52, 2 ** 52 + 1, 2 ** 52 + 3])(
    'it begins with the tree of %d leaves',
    (fromSize) => {
      const proof = consistencyProof(fromSize, size, same);
      const fromRoot = CompactRange.restore(fromSize, same).root();
      verifyConsistency({ fromSize, fromRoot, toSize: size, toRoot: root, proof });
    },
  );

  test('the largest tree has 2^53 - 1 leaves', () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const range = CompactRange.restore(largest, same);
    const proof = inclusionProof(largest - 1, largest, same);
    verifyInclusion({ index: largest - 1, size: largest, leafHash: leaf, proof, root: range.root() });
    expect(() => range.append(leaf)).toThrow(ProofError);
    expect(range.root()).toEqual(CompactRange.restore(largest, same).root());
  });
});

describe('what is no number of leaves is refused', () => {
  const claim = { leafHash: leaves[0]!, proof: [], root: roots[1]! };
  test.each([-1, 0.5, NaN, Infinity, 2 ** 53])('%d', (wrong) => {
    expect(() => inclusionProof(0, wrong, source)).toThrow(ProofError);
    expect(() => inclusionProof(wrong, 300, source)).toThrow(ProofError);
    expect(() => consistencyProof(wrong, 300, source)).toThrow(ProofError);
    expect(() => consistencyProof(1, wrong, source)).toThrow(ProofError);
    expect(() => verifyInclusion({ ...claim, index: 0, size: wrong })).toThrow(ProofError);
    expect(() => verifyInclusion({ ...claim, index: wrong, size: 1 })).toThrow(ProofError);
    expect(() => CompactRange.restore(wrong, source)).toThrow(ProofError);
  });

  test('an index outside of the tree, an empty tree, a tree that shrinks', () => {
    expect(() => inclusionProof(0, 0, source)).toThrow('leaf 0 is not in a tree of size 0');
    expect(() => inclusionProof(8, 8, source)).toThrow('leaf 8 is not in a tree of size 8');
    expect(() => verifyInclusion({ ...claim, index: 1, size: 1 })).toThrow('leaf 1 is not in a tree');
    expect(() => consistencyProof(0, 8, source)).toThrow('from an empty tree there is nothing to prove');
    expect(() => consistencyProof(9, 8, source)).toThrow('a tree of size 8 cannot begin with one of 9');
  });
});

test('a tree without leaves has the root of RFC 6962', () => {
  expect(new CompactRange().root()).toEqual(EMPTY_ROOT);
  expect(rootOf([])).toEqual(EMPTY_ROOT);
  expect(CompactRange.restore(0, source).root()).toEqual(EMPTY_ROOT);
});

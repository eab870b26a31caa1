import { consistencyProof } from '../transparency/tree/merkle';
import { referenceRoot, someLeaves, sourceOf } from '../transparency/tree/testing/reference_tree';
import consistency from '../transparency/tree/testing/vectors/consistency.json';
import { isConsistent, leafHash, Tree } from './merkle';

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

test('the roots are those of RFC 6962', () => {
  const tree = new Tree();
  const entries = Array.from({ length: 70 }, (_, index) => Buffer.from(`entry ${index}`));
  for (const [index, entry] of entries.entries()) {
    expect(tree.root.toString('hex')).toBe(
      referenceRoot(entries.slice(0, index).map(leafHash)).toString('hex'),
    );
    tree.append(entry);
    expect(tree.size).toBe(index + 1);
  }
});

test.each(consistency.cases)('consistency: $name', ({ size1, size2, root1, root2, proof, wantErr }) => {
  const from = { size: size1, root: bytes(root1) };
  const to = { size: size2, root: bytes(root2) };
  // From a tree without leaves nothing is to be proved; C2SP tlog-witness asks for an empty proof then.
  if (size1 === 0) expect(isConsistent(from, to, proof.map(bytes))).toBe(proof.length === 0 && size2 >= 0);
  else expect(isConsistent(from, to, proof.map(bytes))).toBe(!wantErr);
});

test('every true proof is taken, and none that is cut, lengthened or for other sizes', () => {
  const leaves = someLeaves(40);
  const source = sourceOf(leaves);
  const heads = leaves.map((_, size) => ({ size, root: referenceRoot(leaves.slice(0, size)) }));
  for (const from of heads.slice(1)) {
    for (const to of heads.slice(from.size)) {
      const proof = consistencyProof(from.size, to.size, source);
      expect(isConsistent(from, to, proof)).toBe(true);
      expect(isConsistent(from, to, [...proof, from.root])).toBe(false);
      expect(isConsistent(to, from, proof)).toBe(from.size === to.size);
      if (proof.length > 0) {
        expect(isConsistent(from, to, proof.slice(1))).toBe(false);
        expect(isConsistent({ ...from, root: to.root }, to, proof)).toBe(false);
        expect(isConsistent(from, { ...to, root: from.root }, proof)).toBe(false);
      }
    }
  }
});

/** Vectors of others: github.com/transparency-dev/merkle at commit 417fb0c, Apache-2.0. */
import { leafHash, nodeHash } from './hash';
import { ProofError, rootOf, verifyConsistency, verifyInclusion } from './merkle';
import consistency from './testing/vectors/consistency.json';
import inclusion from './testing/vectors/inclusion.json';

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** `testonly/constants.go`: the entries of the reference tree, and its roots with 0 to 8 of them, of which all have the ends. */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  /^e3b0c442.*b855$/,
  /^6e340b9c.*a01d$/,
  /^fac54203.*c125$/,
  /^aeb6bcfe.*6e77$/,
  /^d37ee418.*14b7$/,
  /^4e3bbb1f.*64d4$/,
  /^76e67dad.*87ef$/,
  /^ddb89be4.*4c8c$/,
  /^5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328$/,
];

test('the reference tree of Certificate Transparency has its roots', () => {
  const leaves = ENTRIES.map((entry) => leafHash(Buffer.from(entry, 'hex')));
  for (const [size, root] of ROOTS.entries()) {
    expect(rootOf(leaves.slice(0, size)).toString('hex')).toMatch(root);
  }
});

test('the hashes of a leaf and of a node', () => {
  expect(leafHash(Buffer.from('L123456')).toString('hex')).toMatch(/^395aa064.*4d56$/);
  expect(nodeHash(Buffer.from('N123'), Buffer.from('N456')).toString('hex')).toMatch(/^aa217fe8.*6bbb$/);
});

test('there are 98 vectors of each kind', () => {
  expect([inclusion.cases.length, consistency.cases.length]).toEqual([98, 98]);
});

test.each(inclusion.cases)('inclusion: $name', ({ leafIdx, treeSize, root, leafHash, proof, wantErr }) => {
  const verify = (): void =>
    verifyInclusion({
      index: leafIdx,
      size: treeSize,
      leafHash: bytes(leafHash),
      proof: proof.map(bytes),
      root: bytes(root),
    });
  if (wantErr) expect(verify).toThrow(ProofError);
  else verify();
});

/** Where both sizes are 1, this one has roots that are no hashes; we look at their lengths before all else. */
const WITHOUT_HASHES = 'additional/sizes-are-equal-one-and-proof-is-empty';

test.each(consistency.cases)('consistency: $name', ({ name, size1, size2, root1, root2, proof, wantErr }) => {
  const verify = (): void =>
    verifyConsistency({
      fromSize: size1,
      fromRoot: bytes(root1),
      toSize: size2,
      toRoot: bytes(root2),
      proof: proof.map(bytes),
    });
  if (name === WITHOUT_HASHES) expect(verify).toThrow('has 12 bytes; it must have 32');
  else if (wantErr) expect(verify).toThrow(ProofError);
  else verify();
});

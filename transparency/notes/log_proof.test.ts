import { leafHash } from '../tree/hash';
import { inclusionProof, ProofError, verifyInclusion } from '../tree/merkle';
import { sourceOf } from '../tree/testing/reference_tree';
import { parseCheckpoint } from './checkpoint';
import { LogProof, readLogProof, writeLogProof } from './log_proof';
import { openNote, parseVerifierKey } from './note';
import { EXAMPLE } from './testing/keys';

const receipt = EXAMPLE.receiptWithoutCheckpoint + EXAMPLE.checkpoint;
const leaves = EXAMPLE.entries.map((entry) => leafHash(Buffer.from(entry)));
const proof: LogProof = {
  extra: Buffer.from(EXAMPLE.salt, 'hex'),
  index: 1,
  hashes: inclusionProof(1, 4, sourceOf(leaves)),
  checkpoint: EXAMPLE.checkpoint,
};

test('the receipt of the example is written as it must be, byte for byte', () => {
  expect(writeLogProof(proof)).toBe(receipt);
  expect(readLogProof(receipt)).toEqual(proof);
});

test('the receipt of the example proves its entry', () => {
  const { index, hashes, checkpoint } = readLogProof(receipt);
  const { text } = openNote(checkpoint, [parseVerifierKey(EXAMPLE.logVerifierKey)]);
  const claim = { index, proof: hashes, ...parseCheckpoint(text) };
  verifyInclusion({ ...claim, leafHash: leaves[1]! });
  expect(() => verifyInclusion({ ...claim, leafHash: leaves[2]! })).toThrow(ProofError);
});

test('a proof may have neither extra nor hashes', () => {
  const smallest = { index: 0, hashes: [], checkpoint: 'a checkpoint\n' };
  const text = 'c2sp.org/tlog-proof@v1\nindex 0\n\na checkpoint\n';
  expect(writeLogProof(smallest)).toBe(text);
  expect(readLogProof(text)).toEqual(smallest);
});

test.each([
  ['nothing', ''],
  ['another header', receipt.replace('@v1', '@v2')],
  ['something before the header', `\n${receipt}`],
  ['no index', receipt.replace('index 1\n', '')],
  ['no number', receipt.replace('index 1\n', 'index \n')],
  ['a zero before the index', receipt.replace('index 1', 'index 01')],
  ['two spaces', receipt.replace('index 1', 'index  1')],
  ['an index over 2^53 - 1', receipt.replace('index 1', 'index 9007199254740992')],
  ['a negative index', receipt.replace('index 1', 'index -1')],
  ['extra twice', receipt.replace('extra', 'extra AA==\nextra')],
  ['extra behind the index', receipt.replace(/(extra .*\n)(index 1\n)/, '$2$1')],
  ['an empty extra', receipt.replace(/extra .*\n/, 'extra \n')],
  ['extra without its padding', receipt.replace(/(extra .*)=\n/, '$1\n')],
  ['a hash of 31 bytes', receipt.replace(/JelM.*\n/, `${Buffer.alloc(31).toString('base64')}\n`)],
  ['a hash with bits that mean nothing', receipt.replace('QF0Vw=', 'QF0Vx=')],
  ['a carriage return', receipt.replaceAll('\n', '\r\n')],
  ['no blank line', receipt.replaceAll('\n\n', '\n')],
  ['no checkpoint', EXAMPLE.receiptWithoutCheckpoint],
  ['no line feed at the end', receipt.slice(0, -1)],
  [
    '54 hashes',
    receipt.replace('index 1\n', `index 1\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(52)}`),
  ],
  ['over 1,100,000 characters', receipt + 'x'.repeat(1_100_000) + '\n'],
])('refused: %s', (_, text) => {
  expect(text).not.toBe(receipt);
  expect(() => readLogProof(text)).toThrow(ProofError);
});

test.each<Partial<LogProof>>([
  { index: -1 },
  { index: 0.5 },
  { index: 2 ** 53 },
  { extra: Buffer.alloc(0) },
  { hashes: [Buffer.alloc(31)] },
  { hashes: Array<Buffer>(54).fill(Buffer.alloc(32)) },
  { checkpoint: '' },
])('not written: %j', (wrong) => {
  expect(() => writeLogProof({ ...proof, ...wrong })).toThrow(ProofError);
});

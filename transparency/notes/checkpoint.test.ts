import { EMPTY_ROOT, leafHash } from '../tree/hash';
import { rootOf } from '../tree/merkle';
import { checkpointText, parseCheckpoint } from './checkpoint';
import { NoteError, openNote, parseVerifierKey } from './note';
import { EXAMPLE } from './testing/keys';

const root = leafHash(Buffer.from('an entry'));
const base64 = root.toString('base64');

test('the checkpoint of the example is that of its entries', () => {
  const { text } = openNote(EXAMPLE.checkpoint, [parseVerifierKey(EXAMPLE.logVerifierKey)]);
  const leaves = EXAMPLE.entries.map((entry) => leafHash(Buffer.from(entry)));
  expect(leaves.map((leaf) => leaf.toString('hex'))).toEqual(EXAMPLE.leafHashes);
  const checkpoint = { origin: EXAMPLE.logName, size: 4, root: rootOf(leaves) };
  expect(parseCheckpoint(text)).toEqual(checkpoint);
  expect(checkpointText(checkpoint)).toBe(text);
});

test.each([0, 1, 35_225_469, 2 ** 31, 2 ** 53 - 1])('a size of %d comes back', (size) => {
  const checkpoint = { origin: 'go.sum database tree', size, root: size === 0 ? EMPTY_ROOT : root };
  expect(parseCheckpoint(checkpointText(checkpoint))).toEqual(checkpoint);
});

test.each([
  ['nothing', ''],
  ['no lines', '\n'],
  ['two lines', 'origin\n1\n'],
  ['no line feed at the end', `origin\n1\n${base64}`],
  ['an extension line', `origin\n1\n${base64}\nextension\n`],
  ['a blank line', `origin\n1\n${base64}\n\n`],
  ['no origin', `\n1\n${base64}\n`],
  ['a tabulator in the origin', `ori\tgin\n1\n${base64}\n`],
  ['no size', `origin\n\n${base64}\n`],
  ['a zero before the size', `origin\n01\n${base64}\n`],
  ['a sign before the size', `origin\n+1\n${base64}\n`],
  ['a negative size', `origin\n-1\n${base64}\n`],
  ['a broken size', `origin\n1.0\n${base64}\n`],
  ['a size with an exponent', `origin\n1e3\n${base64}\n`],
  ['a size in hexadecimal', `origin\n0x1\n${base64}\n`],
  ['a space behind the size', `origin\n1 \n${base64}\n`],
  ['other digits', `origin\n١\n${base64}\n`],
  ['a size over 2^53 - 1', `origin\n9007199254740992\n${base64}\n`],
  ['a size over 2^64', `origin\n18446744073709551617\n${base64}\n`],
  ['no root', 'origin\n1\n\n'],
  ['a root without its padding', `origin\n1\n${base64.slice(0, -1)}\n`],
  ['a root with bits that mean nothing', `origin\n1\n${'A'.repeat(42)}B=\n`],
  ['a root of 31 bytes', `origin\n1\n${root.subarray(1).toString('base64')}\n`],
  ['a root of 33 bytes', `origin\n1\n${Buffer.alloc(33).toString('base64')}\n`],
  ['a root in hexadecimal', `origin\n1\n${root.toString('hex')}\n`],
  ['another root for an empty tree', `origin\n0\n${base64}\n`],
])('refused: %s', (_, text) => {
  expect(() => parseCheckpoint(text)).toThrow(NoteError);
});

test.each([
  { origin: '', size: 1, root },
  { origin: 'two\nlines', size: 1, root },
  { origin: 'origin', size: -1, root },
  { origin: 'origin', size: 0.5, root },
  { origin: 'origin', size: 2 ** 53, root },
  { origin: 'origin', size: NaN, root },
  { origin: 'origin', size: 1, root: root.subarray(1) },
  { origin: 'origin', size: 0, root },
])('not written: %j', (wrong) => {
  expect(() => checkpointText(wrong)).toThrow(NoteError);
});

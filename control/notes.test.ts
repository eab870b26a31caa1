import { EXAMPLE, withBytes } from '../transparency/notes/testing/keys';
import { Cosigner, isSignedBy, readCheckpoint, readLogKey, splitNote } from './notes';

const log = readLogKey(EXAMPLE.logVerifierKey)!;

test('the checkpoint of the example is read, is the log’s, and is cosigned byte for byte', () => {
  const note = splitNote(Buffer.from(EXAMPLE.checkpoint))!;
  expect(isSignedBy(note, log)).toBe(true);
  expect(readCheckpoint(note.text)).toMatchObject({ origin: EXAMPLE.logName, size: 4 });
  const cosigner = new Cosigner(EXAMPLE.controlName, EXAMPLE.controlKey);
  expect(cosigner.verifierKey).toBe(EXAMPLE.controlVerifierKey);
  expect(EXAMPLE.checkpoint).toContain(cosigner.cosign(note.text, EXAMPLE.cosignedAtSeconds));
});

test('a note that is changed, or signed by others alone, is not the log’s', () => {
  const { text, lines } = splitNote(Buffer.from(EXAMPLE.checkpoint))!;
  const [own = '', control = ''] = lines;
  const wrong = withBytes(own, (bytes) => {
    bytes[20]! ^= 1;
    return bytes;
  }).trimEnd();
  expect(isSignedBy({ text: text.replace('\n4\n', '\n5\n'), lines }, log)).toBe(false);
  expect(isSignedBy({ text, lines: [control] }, log)).toBe(false);
  expect(isSignedBy({ text, lines: [wrong] }, log)).toBe(false);
  // One wrong signature in its name is enough.
  expect(isSignedBy({ text, lines: [own, wrong] }, log)).toBe(false);
});

test.each([
  '',
  'x',
  EXAMPLE.controlVerifierKey,
  EXAMPLE.logVerifierKey.replace('b6cd', 'b6ce'),
  EXAMPLE.logVerifierKey.slice(0, -1),
  EXAMPLE.logVerifierKey.replace('lottery', 'lot tery'),
])('no key of a log: %s', (text) => {
  expect(readLogKey(text)).toBeUndefined();
});

test.each([
  'origin\n4\n',
  `origin\n04\n${'A'.repeat(43)}=\n`,
  `origin\n4\n${'A'.repeat(43)}\n`,
  `origin\n4\n${'A'.repeat(43)}=\nmore\n`,
  `origin\n99999999999999999\n${'A'.repeat(43)}=\n`,
])('no checkpoint: %j', (text) => {
  expect(readCheckpoint(text)).toBeUndefined();
});

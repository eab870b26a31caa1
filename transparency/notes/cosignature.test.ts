import { createPublicKey } from 'node:crypto';

import { cosign, cosignerKey } from './cosignature';
import { NoteError, noteSigner, openNote, parseVerifierKey, signedNote } from './note';
import { EXAMPLE, withBytes } from './testing/keys';

describe('cosignatures', () => {
  const [body = ''] = EXAMPLE.checkpoint.split('\n\n');
  const checkpoint = `${body}\n`;
  const log = noteSigner(EXAMPLE.logName, EXAMPLE.logKey);
  const control = parseVerifierKey(EXAMPLE.controlVerifierKey);
  const cosigned = (timeSeconds: number): string =>
    cosign(checkpoint, EXAMPLE.controlName, EXAMPLE.controlKey, timeSeconds);

  test('of the example are made as they must be, byte for byte', () => {
    expect(cosignerKey(EXAMPLE.controlName, createPublicKey(EXAMPLE.controlKey))).toBe(
      EXAMPLE.controlVerifierKey,
    );
    const note = signedNote(checkpoint, log.sign(checkpoint), cosigned(EXAMPLE.cosignedAtSeconds));
    expect(note).toBe(EXAMPLE.checkpoint);
  });

  test('tell their time', () => {
    const opened = openNote(EXAMPLE.checkpoint, [control, parseVerifierKey(EXAMPLE.logVerifierKey)]);
    expect(opened.unverified).toEqual([]);
    expect(opened.verified.map(({ name, timeSeconds }) => [name, timeSeconds])).toEqual([
      [EXAMPLE.logName, undefined],
      [EXAMPLE.controlName, EXAMPLE.cosignedAtSeconds],
    ]);
  });

  test('hold only with their time and their text', () => {
    for (let at = 4; at < 4 + 8 + 64; at++) {
      const changed = withBytes(cosigned(1_000), (bytes) => {
        bytes[at]! ^= 1;
        return bytes;
      });
      expect(() => openNote(signedNote(checkpoint, changed), [control])).toThrow('is not its');
    }
    const other = checkpoint.replace('\n4\n', '\n5\n');
    expect(() => openNote(signedNote(other, cosigned(1_000)), [control])).toThrow('is not its');
  });

  test('the earlier of two is told, in whatever order they come', () => {
    for (const times of [
      [2_000, 1_000],
      [1_000, 2_000],
    ]) {
      const note = signedNote(checkpoint, ...times.map(cosigned));
      expect(openNote(note, [control]).verified).toMatchObject([{ timeSeconds: 1_000 }]);
    }
  });

  test('of a key are no signatures of a log by the same key, nor the other way round', () => {
    const both = noteSigner(EXAMPLE.controlName, EXAMPLE.controlKey);
    const asLog = parseVerifierKey(both.verifierKey);
    expect(asLog.keyId).not.toBe(control.keyId);
    expect(() => openNote(signedNote(checkpoint, cosigned(1)), [asLog])).toThrow(
      'no signature of a known key',
    );
    expect(() => openNote(signedNote(checkpoint, both.sign(checkpoint)), [control])).toThrow(
      'no signature of',
    );
  });

  test('are made of checkpoints alone, at a time in whole seconds', () => {
    expect(() => cosign('A text\n', EXAMPLE.controlName, EXAMPLE.controlKey, 1)).toThrow(NoteError);
    for (const wrong of [-1, 0.5, NaN, 2 ** 53])
      expect(() => cosigned(wrong)).toThrow('is not a time in whole seconds');
    expect(openNote(signedNote(checkpoint, cosigned(2 ** 53 - 1)), [control]).verified).toHaveLength(1);
  });
});

import fc from 'fast-check';

import { FileText, isSoundText } from './file_text';

/** What is given out for a file that is read in pieces of so many bytes, and whether it is sound. */
function readInPieces(content: Buffer, pieceBytes: number): { bytes: Buffer; isSound: boolean } {
  const text = new FileText();
  const given: Buffer[] = [];
  for (let start = 0; start < content.length; start += pieceBytes) {
    given.push(text.next(content.subarray(start, start + pieceBytes)));
  }
  given.push(text.end());
  return { bytes: Buffer.concat(given), isSound: text.isSound };
}

test.each([3, 4, 5, 6, 7, 100])('UTF-8 read %d bytes at a time is given out as it is', (pieceBytes) => {
  const content = Buffer.from('a,Ñandú,中文,👩‍🚀,z'.repeat(5));
  expect(readInPieces(content, pieceBytes)).toEqual({ bytes: content, isSound: true });
});

test('a piece is given out without the character that it cuts', () => {
  const text = new FileText();
  const content = Buffer.from('abcé👩');
  expect(text.next(content.subarray(0, 4)).toString()).toBe('abc');
  expect(text.next(content.subarray(4, 8)).toString()).toBe('é');
  expect(text.next(content.subarray(8)).toString()).toBe('👩');
  expect(text.end()).toHaveLength(0);
});

test('a mark in front is taken away, once', () => {
  expect(readInPieces(Buffer.from('\ufeff\ufeffabc'), 6).bytes.toString()).toBe('\ufeffabc');
  expect(readInPieces(Buffer.from('\ufeff'), 6)).toEqual({ bytes: Buffer.alloc(0), isSound: true });
});

test.each([3, 4, 5, 64])('UTF-16 behind its mark, %d bytes at a time, becomes UTF-8', (pieceBytes) => {
  const { bytes, isSound } = readInPieces(Buffer.from('\ufeffa,Ñandú,👩\n', 'utf16le'), pieceBytes);
  expect([bytes.toString(), isSound]).toEqual(['a,Ñandú,👩\n', true]);
});

test.each<[string, number[]]>([
  ['a byte that begins nothing', [0xff]],
  ['Latin-1', [0x4a, 0x6f, 0x73, 0xe9, 0x2c]],
  ['a character cut off by another', [0xc3, 0xc3, 0xb1]],
  ['a continuation alone', [0x61, 0xb1]],
  ['four continuations', [0xb1, 0xb1, 0xb1, 0xb1]],
  ['a character cut off by the end', [0x61, 0xf0, 0x9f, 0x91]],
  ['half a pair of UTF-16', [0xed, 0xa0, 0x80]],
  ['U+FFFD', [0xef, 0xbf, 0xbd]],
])('%s is not sound, and given out all the same', (_, wrong) => {
  const content = Buffer.from([0x61, 0x62, 0x63, ...wrong]);
  expect(readInPieces(content, 4)).toEqual({ bytes: content, isSound: false });
});

test('what was once not sound stays so', () => {
  const text = new FileText();
  text.next(Buffer.from([0x61, 0xff, 0x61]));
  text.next(Buffer.from('abc'));
  expect(text.isSound).toBe(false);
});

test('any bytes, cut anywhere, are given out as they are; the answer is that for the whole', () => {
  const piece = fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.string({ unit: 'grapheme', maxLength: 5 }));
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 3, max: 20 }), (pieces, pieceBytes) => {
      const content = Buffer.concat(pieces.map((part) => Buffer.from(part as string)));
      const first = content.toString('latin1', 0, 3);
      fc.pre(!first.startsWith('\xff\xfe') && first !== '\xef\xbb\xbf');
      expect(readInPieces(content, pieceBytes)).toEqual({ bytes: content, isSound: isSoundText(content) });
    }),
  );
});

test.each([1, 3])(
  'UTF-16 that is cut in the middle of a character is not sound: %d bytes are missing',
  (missing) => {
    const text = new FileText();
    const bytes = Buffer.from('\uFEFFAna,Paz,1,1990-01-01,300\n', 'utf16le');
    const read = text.next(bytes.subarray(0, bytes.length - missing));
    const rest = text.end();
    expect(text.isSound).toBe(false);
    expect(Buffer.concat([read, rest]).toString()).toContain('\uFFFD');
  },
);

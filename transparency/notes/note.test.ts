import {
  NoteError,
  noteSigner,
  openNote,
  parseVerifierKey,
  signedNote,
  signerNames,
  verifierKey,
} from './note';
import { EXAMPLE, keyOfByte, withBytes } from './testing/keys';

/** The vector of C2SP signed-note. */
const C2SP = {
  vkey: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  text: 'This is an example message.\n',
  line: '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
};
/** A checkpoint of Go's checksum database. */
const SUMDB = {
  vkey: 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
  text: 'go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n',
  line: '— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=\n',
};

const ours = noteSigner('ours.example', keyOfByte(1));
const theirs = noteSigner('theirs.example', keyOfByte(2));
const ourVerifier = parseVerifierKey(ours.verifierKey);
const theirVerifier = parseVerifierKey(theirs.verifierKey);
const text = 'A text\n\nof three lines.\n';

function flipLastBit(bytes: Buffer): Buffer {
  return Buffer.from([...bytes.subarray(0, -1), bytes.at(-1)! ^ 1]);
}

describe.each([
  ['C2SP', C2SP],
  ['the checksum database', SUMDB],
])('the note of %s', (_, { vkey, text, line }) => {
  const verifier = parseVerifierKey(vkey);

  test('opens, as a text and as bytes', () => {
    const note = signedNote(text, line);
    for (const form of [note, Buffer.from(note)]) {
      const opened = openNote(form, [verifier]);
      expect(opened).toMatchObject({
        text,
        verified: [{ name: verifier.name, verifier, line }],
        unverified: [],
      });
      expect(opened.verified[0]).not.toHaveProperty('timeSeconds');
    }
  });

  test('has the key that its verifier key tells', () => {
    expect(verifierKey(verifier.name, verifier.publicKey)).toBe(vkey);
  });

  test('does not open when any byte of it is changed', () => {
    const bytes = Buffer.from(signedNote(text, line));
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => openNote(changed, [verifier])).toThrow(NoteError);
    }
  });
});

test('the log key of the example signs as it must, byte for byte', () => {
  const signer = noteSigner(EXAMPLE.logName, EXAMPLE.logKey);
  expect(signer.verifierKey).toBe(EXAMPLE.logVerifierKey);
  const [signed = ''] = EXAMPLE.checkpoint.split('\n\n');
  const [line] = EXAMPLE.checkpoint.split('\n\n')[1]!.split(/(?<=\n)/);
  expect(signer.sign(`${signed}\n`)).toBe(line);
});

describe('who has signed', () => {
  test('is told apart from those who are unknown', () => {
    const note = signedNote(text, theirs.sign(text), ours.sign(text));
    expect(openNote(note, [ourVerifier])).toMatchObject({
      text,
      verified: [{ name: 'ours.example', keyId: ourVerifier.keyId }],
      unverified: [{ name: 'theirs.example', keyId: theirVerifier.keyId, line: theirs.sign(text) }],
    });
    expect(openNote(note, [ourVerifier, theirVerifier]).verified).toHaveLength(2);
    expect(() => openNote(note, [])).toThrow('the note has no signature of a known key');
  });

  test('a bad signature of a known key spoils the whole note, wherever it stands', () => {
    const bad = withBytes(ours.sign(text), flipLastBit);
    for (const lines of [
      [bad],
      [bad, theirs.sign(text)],
      [theirs.sign(text), bad],
      [ours.sign(text), bad],
      [bad, ours.sign(text)],
      [ours.sign(text), theirs.sign(text), ours.sign(`another ${text}`)],
      [theirs.sign(text), withBytes(ours.sign(text), (bytes) => bytes.subarray(0, -1))],
      [theirs.sign(text), withBytes(ours.sign(text), (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
    ]) {
      const note = signedNote(text, ...lines);
      const message = 'the note has a signature in the name of "ours.example" that is not its';
      expect(() => openNote(note, [theirVerifier, ourVerifier])).toThrow(new NoteError(message));
    }
  });

  test('a known name with the id of another key is unknown, and so is a known id with another name', () => {
    const otherKey = noteSigner('ours.example', keyOfByte(3));
    const otherName = ours.sign(text).replace('ours.example', 'else.example');
    for (const line of [otherKey.sign(text), otherName]) {
      expect(() => openNote(signedNote(text, line), [ourVerifier])).toThrow('no signature of a known key');
      const opened = openNote(signedNote(text, line, ours.sign(text)), [ourVerifier]);
      expect(opened.verified).toHaveLength(1);
      expect(opened.unverified).toMatchObject([{ line }]);
    }
  });

  test('the signature of another key under the id of a known one is refused', () => {
    const id = Buffer.alloc(4);
    id.writeUInt32BE(ourVerifier.keyId);
    const forged = withBytes(theirs.sign(text), (bytes) => Buffer.concat([id, bytes.subarray(4)]));
    const note = signedNote(text, forged.replace('theirs', 'ours'));
    expect(() => openNote(note, [ourVerifier])).toThrow('is not its');
  });

  test('a key that signs twice counts once', () => {
    const note = signedNote(text, ours.sign(text), ours.sign(text));
    expect(openNote(note, [ourVerifier, ourVerifier]).verified).toHaveLength(1);
  });

  test('two keys of one name and one id are refused', () => {
    const impostor = { ...theirVerifier, name: ourVerifier.name, keyId: ourVerifier.keyId };
    const note = signedNote(text, ours.sign(text));
    expect(() => openNote(note, [ourVerifier, impostor])).toThrow('two keys are called "ours.example"');
  });

  test('16 signatures are taken, 100 as well, 101 not', () => {
    const others = Array.from({ length: 99 }, (_, at) =>
      noteSigner(`${at}.example`, keyOfByte(at)).sign(text),
    );
    const note = (count: number): string => signedNote(text, ...others.slice(0, count - 1), ours.sign(text));
    for (const count of [16, 100])
      expect(openNote(note(count), [ourVerifier]).unverified).toHaveLength(count - 1);
    expect(() => openNote(note(100) + ours.sign(text), [ourVerifier])).toThrow(
      '101 lines of signatures; at most 100',
    );
    expect(() => signedNote(text, ...others, ours.sign(text), ours.sign(text))).toThrow(NoteError);
  });
});

describe('what is malformed is refused', () => {
  const line = ours.sign(text);
  const note = signedNote(text, line);
  const base64 = line.trimEnd().split(' ')[2]!;

  test.each([
    ['nothing', ''],
    ['no signatures', text],
    ['a blank line alone', `${text}\n`],
    ['no blank line', text.replace('\n\n', '\n') + line],
    ['no line feed at the end', note.slice(0, -1)],
    ['a line that is no signature', `${note}Another line.\n`],
    ['a line between signatures', `${note}Another line.\n${line}`],
    ['a blank line at the end', `${note}\n`],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['a zero byte', `\0${note}`],
    ['a tabulator', note.replace('A text', 'A\ttext')],
    ['a control character in the name', note.replace('ours.', 'ours\u0001')],
    ['another dash', note.replace('—', '-')],
    ['no space behind the dash', note.replace('— ', '—')],
    ['two spaces', note.replace('ours.example ', 'ours.example  ')],
    ['a space at the end of a line', `${note.slice(0, -1)} \n`],
    ['a name with a space', note.replace('ours.example', 'ours example')],
    ['a name with a space of another kind', note.replace('ours.example', 'ours\u2003example')],
    ['a name with a plus', note.replace('ours.example', 'ours+example')],
    ['no name', note.replace('ours.example', '')],
    ['no base64', note.replace(base64, '')],
    ['base64 without its padding', note.replace('=\n', '\n')],
    ['base64 for addresses', note.replace(base64, `-_${base64.slice(2)}`)],
    ['base64 with a space', note.replace(base64, `${base64.slice(0, 8)} ${base64.slice(8)}`)],
    [
      'base64 with bits that mean nothing',
      note.replace(/.=\n/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=\n`),
    ],
    ['an id without a signature', `${text}\n— ours.example ${Buffer.alloc(4).toString('base64')}\n`],
    ['half of a surrogate pair', note.replace('A text', 'A text\ud800')],
  ])('%s', (_, malformed) => {
    expect(malformed).not.toBe(note);
    expect(() => openNote(malformed, [ourVerifier])).toThrow(NoteError);
  });

  test.each([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x80]])(
    'bytes that are not UTF-8: %p %p %p',
    (...bytes) => {
      const malformed = Buffer.concat([Buffer.from(bytes), Buffer.from(note)]);
      expect(() => openNote(malformed, [ourVerifier])).toThrow('the note is not UTF-8');
    },
  );

  test('a byte order mark is a part of the text', () => {
    const marked = Buffer.from(signedNote(`\ufeff${text}`, ours.sign(`\ufeff${text}`)));
    expect(openNote(marked, [ourVerifier]).text).toBe(`\ufeff${text}`);
    expect(() => openNote(Buffer.from(`\ufeff${note}`), [ourVerifier])).toThrow('is not its');
  });

  test('over a million bytes', () => {
    const long = (bytes: number): string => `${'x'.repeat(bytes - 2 - Buffer.byteLength(line))}\n`;
    const largest = long(1_000_000);
    expect(openNote(signedNote(largest, ours.sign(largest)), [ourVerifier]).text).toBe(largest);
    expect(() => openNote(`${long(1_000_001)}\n${line}`, [ourVerifier])).toThrow('has 1000001 bytes');
  });

  test.each(['', 'no line feed', 'a\ttabulator\n', 'half \udc00 of a pair\n'])(
    'the text %j is not signed',
    (wrong) => {
      expect(() => ours.sign(wrong)).toThrow(NoteError);
      expect(() => signedNote(wrong, line)).toThrow(NoteError);
    },
  );

  test('lines that are no signatures are not put under a text', () => {
    expect(() => signedNote(text)).toThrow('the note has no signatures');
    for (const wrong of ['', '\n', line.slice(0, -1), `${line}\n`, `${line}${line}`, `x${line}`]) {
      expect(() => signedNote(text, wrong)).toThrow(NoteError);
    }
  });
});

test('the names under a note are told as they stand there, each once, and only so many', () => {
  const note = signedNote(text, ours.sign(text), theirs.sign('another\n'), ours.sign(text));
  expect(signerNames(note, 9)).toEqual(['ours.example', 'theirs.example']);
  expect(signerNames(note, 1)).toEqual(['ours.example']);
  expect(signerNames(`${text}\nno line\n— x y\n${theirs.sign(text)}`, 9)).toEqual(['theirs.example']);
  expect(signerNames('', 9)).toEqual([]);
});

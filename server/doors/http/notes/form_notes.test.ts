import fc from 'fast-check';

import '../../../../protocol/testing/arbitraries';
import { MAX_NOTES_AT_ONCE } from '../../../ledger/note';
import { Refusal } from '../refusals/problem';
import { readFormNotes } from './form_notes';

const MAX_BYTES = 1_000;

function read(body: string | Buffer, maxBytes = MAX_BYTES): [string, string][] {
  const notes = readFormNotes(Buffer.from(body), maxBytes);
  return notes.map(({ name, value }) => [name, value.toString('latin1')]);
}

function refusalOf(body: string | Buffer, maxBytes = MAX_BYTES): Refusal {
  try {
    read(body, maxBytes);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was taken');
}

test.each<[string, [string, string][]]>([
  ['a=1', [['a', '1']]],
  [
    'a=1&b=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['a=', [['a', '']]],
  [
    'a==&b=c=d',
    [
      ['a', '='],
      ['b', 'c=d'],
    ],
  ],
  [
    'a=x+y&b=%2b%2B',
    [
      ['a', 'x y'],
      ['b', '++'],
    ],
  ],
  [
    'a=%26%3d%25&%62=2',
    [
      ['a', '&=%'],
      ['b', '2'],
    ],
  ],
  ['a=%ff%00%C3', [['a', '\xff\0\xc3']]],
  ['a=\r\n;', [['a', '\r\n;']]],
  [
    'a=1&b=2&a=3',
    [
      ['a', '3'],
      ['b', '2'],
    ],
  ],
  ['%7E._~:-=1', [['~._~:-', '1']]],
])('%s', (body, notes) => {
  expect(read(body)).toEqual(notes);
});

test('what is no UTF-8 is kept byte for byte', () => {
  expect(read(Buffer.from('a=\xff\xfe%80', 'latin1'))).toEqual([['a', '\xff\xfe\x80']]);
});

test.each([
  ['', 'pair 1 has no ='],
  ['secret', 'pair 1 has no ='],
  ['a=1&secret', 'pair 2 has no ='],
  ['a=1&', 'pair 2 has no ='],
  ['a=1&&b=2', 'pair 2 has no ='],
  ['a=%', 'pair 1 has a % without two hexadecimal digits behind it'],
  ['a=1&b=%4', 'pair 2 has a % without two hexadecimal digits behind it'],
  ['a=%4&b=41', 'pair 1 has a % without two hexadecimal digits behind it'],
  ['a=%4g', 'pair 1 has a % without two hexadecimal digits behind it'],
  ['a=%u0041', 'pair 1 has a % without two hexadecimal digits behind it'],
  ['%zz=1', 'pair 1 has a % without two hexadecimal digits behind it'],
  ['=1', 'the name of pair 1 is not 1 to 200 letters, digits and . _ ~ : -'],
  ['a+b=1', 'the name of pair 1 is not 1 to 200 letters, digits and . _ ~ : -'],
  ['a=1&b%2f=1', 'the name of pair 2 is not 1 to 200 letters, digits and . _ ~ : -'],
  [`${'a'.repeat(201)}=1`, 'the name of pair 1 is not 1 to 200 letters, digits and . _ ~ : -'],
  ['%C3%B1=1', 'the name of pair 1 is not 1 to 200 letters, digits and . _ ~ : -'],
  ['a%0A=1', 'the name of pair 1 is not 1 to 200 letters, digits and . _ ~ : -'],
])('%j is refused', (body, text) => {
  expect(refusalOf(body)).toMatchObject({ code: 'bad-request', message: text });
});

test('too many pairs are too large, also with one name', () => {
  const pairs = (count: number): string => Array<string>(count).fill('a=1').join('&');
  expect(read(pairs(MAX_NOTES_AT_ONCE), 100_000)).toHaveLength(1);
  expect(refusalOf(pairs(MAX_NOTES_AT_ONCE + 1), 100_000).code).toBe('too-large');
  expect(refusalOf('&'.repeat(2_000)).code).toBe('bad-request');
});

test('names and values are counted as they are, not as they were sent', () => {
  expect(read('ab=%41%41&c=+', 6)).toEqual([
    ['ab', 'AA'],
    ['c', ' '],
  ]);
  expect(refusalOf('ab=%41%41&c=+', 5).code).toBe('too-large');
});

test('any notes are read as they were written', () => {
  const names = fc.stringMatching(/^[A-Za-z0-9._~:-]{1,20}$/);
  const notes = fc.dictionary(names, fc.uint8Array({ maxLength: 30 }), {
    noNullPrototype: true,
    maxKeys: 20,
  });
  fc.assert(
    fc.property(notes, fc.boolean(), (given, encodesAll) => {
      fc.pre(Object.keys(given).length > 0);
      const encoded = (bytes: Uint8Array): string =>
        [...bytes]
          .map((byte) => {
            const character = String.fromCharCode(byte);
            const isPlain = !encodesAll && /[A-Za-z0-9]/.test(character);
            return isPlain ? character : `%${byte.toString(16).padStart(2, '0')}`;
          })
          .join('');
      const body = Object.entries(given).map(
        ([name, value]) => `${encoded(Buffer.from(name))}=${encoded(value)}`,
      );
      const found = readFormNotes(Buffer.from(body.join('&')), 10_000);
      expect(found.map(({ name, value }) => [name, [...value]])).toEqual(
        Object.entries(given).map(([name, value]) => [name, [...value]]),
      );
    }),
  );
});

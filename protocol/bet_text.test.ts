import fc from 'fast-check';

import { forEachDocumentWithNumber } from './bet_text';
import { batches, betText, numbers } from './testing/arbitraries';

function documentsWith(text: string, number: number): string[] {
  const documents: string[] = [];
  forEachDocumentWithNumber(Buffer.from(text, 'utf8'), number, (document) => documents.push(document));
  return documents;
}

/** The same, by taking every bet apart. */
function splitDocumentsWith(text: string, number: number): string[] {
  return text
    .split(';')
    .map((bet) => bet.split(','))
    .filter((fields) => Number(fields[6]) === number)
    .map((fields) => fields[4] ?? 'no document');
}

const bet = (document: string, number: string): string => `1,1,Ana,Paz,${document},2000-01-01,${number}`;

test.each([
  ['the first', [bet('11', '74'), bet('22', '75')], ['11']],
  ['the last', [bet('11', '75'), bet('22', '74')], ['22']],
  ['nobody', [bet('74', '7'), bet('7474', '740')], []],
  ['everybody, in the order of the bets', [bet('3', '74'), bet('1', '74'), bet('2', '74')], ['3', '1', '2']],
  ['a document for each bet', [bet('11', '74'), bet('11', '74')], ['11', '11']],
  ['whatever the leading zeros', [bet('11', '074'), bet('22', '0074'), bet('33', '7400')], ['11', '22']],
  ['with the document as it was written', [bet('00011', '74')], ['00011']],
  ['with the longest document', [bet('12345678901234567890', '74')], ['12345678901234567890']],
])('wins: %s', (_, bets, documents) => {
  expect(documentsWith(bets.join(';'), 74)).toEqual(documents);
});

test('number 0 is one, four digits or not', () => {
  expect(documentsWith([bet('1', '0'), bet('2', '0000'), bet('3', '10')].join(';'), 0)).toEqual(['1', '2']);
});

test('no bets, no documents', () => {
  expect(documentsWith('', 74)).toEqual([]);
});

test('finds them in a text that has no room in the memory of the faster search', () => {
  const long = Array.from({ length: 40_000 }, (_, index) => bet(String(index), String(index % 10_000)));
  expect(Buffer.from(long.join(';')).length).toBeGreaterThan(1024 * 1024);
  expect(documentsWith(long.join(';'), 74)).toEqual(['74', '10074', '20074', '30074']);
});

test('finds them wherever they lie', () => {
  for (let nameBytes = 1; nameBytes < 40; nameBytes++) {
    const [before, behind] = [`1,1,${'7'.repeat(nameBytes)},Paz,1,2000-01-01,75`, bet('3', '7')];
    expect(documentsWith([before, bet('2', '74'), behind].join(';'), 74)).toEqual(['2']);
    expect(documentsWith([before, bet('2', '74')].join(';'), 74)).toEqual(['2']);
  }
});

test('does not look at what was in its memory before', () => {
  const [found, longer] = [bet('1', '74'), [bet('1', '75'), bet('2', '74')].join(';')];
  expect(documentsWith(longer, 74)).toEqual(['2']);
  for (let bytes = longer.length - 1; bytes > found.length; bytes--)
    expect(documentsWith(`1,1,${'a'.repeat(bytes - found.length)},Paz,1,2000-01-01,9`, 74)).toEqual([]);
});

test('agrees with taking every bet apart', () => {
  fc.assert(
    fc.property(batches({ maxBets: 40 }), numbers, ({ bets }, digits) => {
      const text = bets.map(betText).join(';');
      const number = Number(digits);
      expect(documentsWith(text, number)).toEqual(splitDocumentsWith(text, number));
    }),
    { numRuns: 200 },
  );
});

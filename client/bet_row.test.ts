import fc from 'fast-check';

import { BetMessageBuilder } from '../protocol/bet';
import { checkBatch } from '../protocol/checked_batch';
import { RequestDecoder } from '../protocol/request_decoder';
import { birthdates, documents, names, numbers } from '../protocol/testing/arbitraries';
import { appendRow } from './bet_row';

/** Columns as the file gives them. */
function bytesOf(columns: readonly string[]): string[] {
  return columns.map((text) => Buffer.from(text).toString('latin1'));
}

const GOOD = ['Ana', 'Sosa', '13414422', '1963-11-07', '7829'];

function problemOf(columns: readonly string[]): string | undefined {
  return appendRow(new BetMessageBuilder(), 1, 1, bytesOf(columns), false)?.field;
}

function withColumn(index: number, text: string): string[] {
  return GOOD.map((column, at) => (at === index ? text : column));
}

describe('a row', () => {
  test('becomes a bet with the agency and the id in front', () => {
    const message = new BetMessageBuilder();
    expect(appendRow(message, 3, 12, GOOD, false)).toBeUndefined();
    expect(message.build(1).toString()).toContain(';3,12,Ana,Sosa,13414422,1963-11-07,7829\n');
  });

  test.each<[string, number, string]>([
    ['first_name', 0, ''],
    ['first_name', 0, 'A,B'],
    ['first_name', 0, 'A;B'],
    ['first_name', 0, 'A\nB'],
    ['first_name', 0, 'A\u007f'],
    ['first_name', 0, 'ñ'.repeat(65)],
    ['last_name', 1, ''],
    ['last_name', 1, 'x'.repeat(129)],
    ['last_name', 1, 'a\tb'],
    ['last_name', 1, ';'],
    ['document', 2, ''],
    ['document', 2, '1 2'],
    ['document', 2, '-1'],
    ['document', 2, '1'.repeat(21)],
    ['document', 2, '١٢٣'],
    ['birthdate', 3, ''],
    ['birthdate', 3, '1963-11-7'],
    ['birthdate', 3, '1963-02-29'],
    ['birthdate', 3, '1899-12-31'],
    ['birthdate', 3, '07/11/1963'],
    ['birthdate', 3, '1963-11-07 '],
    ['number', 4, ''],
    ['number', 4, '10000'],
    ['number', 4, '-1'],
    ['number', 4, '7829\r'],
    ['number', 4, '1;1,2,A,B,1,2000-01-01,1'],
  ])('names %s when it is wrong (column %#)', (field, index, text) => {
    expect(problemOf(withColumn(index, text))).toBe(field);
  });

  test.each([[[]], [['']], [GOOD.slice(1)], [[...GOOD, '']], [[...GOOD, ...GOOD]]])(
    'with another number of columns is wrong as a row: %#',
    (columns) => {
      expect(problemOf(columns)).toBe('row');
    },
  );

  test('names the first of several wrong columns', () => {
    expect(problemOf(['', '', '', '', ''])).toBe('first_name');
    expect(problemOf(['A', 'B', '1', 'x', 'y'])).toBe('birthdate');
  });

  test('cannot smuggle columns into one another', () => {
    expect(problemOf(['A,B', '5', '2000-01-01', '3', ''])).toBe('first_name');
    expect(problemOf(['A', 'B', '5,2000-01-01', '3', ''])).toBe('document');
    expect(problemOf(['A', 'B', '5', '2000-01-01,3', ''])).toBe('birthdate');
  });

  test('that is wrong leaves the message as it was', () => {
    const message = new BetMessageBuilder();
    appendRow(message, 1, 1, GOOD, false);
    appendRow(message, 1, 2, withColumn(0, 'x'.repeat(100_000)), false);
    appendRow(message, 1, 3, withColumn(4, 'x'), false);
    appendRow(message, 1, 4, GOOD, false);
    expect(message.betCount).toBe(2);
    const text = message.build(1).toString();
    expect(text.slice(23)).toBe(
      ';1,1,Ana,Sosa,13414422,1963-11-07,7829;1,4,Ana,Sosa,13414422,1963-11-07,7829\n',
    );
  });

  test('says a rule, and nothing of what stands there', () => {
    const problem = appendRow(new BetMessageBuilder(), 1, 1, withColumn(2, '12-secret'), false);
    expect(problem?.rule).toBe('1 to 20 decimal digits');
  });

  test('with U+FFFD is wrong: a decoder has put it in the place of broken UTF-8', () => {
    expect(problemOf(withColumn(0, 'Jos\uFFFD'))).toBe('first_name');
  });

  test.each(['Jos\xe9', '\xff', '\xc3', 'a\xed\xa0\x80', '\xc0\xaf'])(
    'with the bytes %j is wrong',
    (bytes) => {
      expect(appendRow(new BetMessageBuilder(), 1, 1, withColumn(1, bytes), false)?.field).toBe('last_name');
    },
  );

  test('of legal fields is accepted, and passes the server’s own check', () => {
    const legal = fc.tuple(names, names, documents, birthdates, numbers);
    fc.assert(
      fc.property(legal, fc.integer({ min: 1, max: 9 }), (columns, agency) => {
        fc.pre(!columns.some((text) => text.includes('\uFFFD')));
        const message = new BetMessageBuilder();
        expect(appendRow(message, agency, 5, bytesOf(columns), false)).toBeUndefined();
        const decoder = new RequestDecoder();
        decoder.push(message.build(1));
        const request = decoder.next();
        if (request?.type !== 'BET') throw new Error('no BET');
        expect(checkBatch(request).text.toString()).toBe([agency, 5, ...columns].join(','));
      }),
    );
  });

  test('of anything is accepted only when the server would accept it', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      names,
      documents,
      birthdates,
      numbers,
      fc.constant(''),
    );
    fc.assert(
      fc.property(fc.array(anything, { minLength: 4, maxLength: 6 }), (columns) => {
        const message = new BetMessageBuilder();
        const problem = appendRow(message, 1, 1, bytesOf(columns), false);
        expect(message.betCount).toBe(problem === undefined ? 1 : 0);
        if (problem !== undefined) return;
        const decoder = new RequestDecoder();
        decoder.push(message.build(1));
        const request = decoder.next();
        if (request?.type !== 'BET') throw new Error('no BET');
        expect(checkBatch(request).betCount).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

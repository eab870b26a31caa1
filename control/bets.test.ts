import fc from 'fast-check';

import { checkBatch } from '../protocol/checked_batch';
import { ProtocolError } from '../protocol/error_codes';
import { readBets } from './bets';

/** How many bets the server finds in a text, by its own rules; `undefined` where it refuses it. */
function serverFinds(text: Buffer): number | undefined {
  const payload = Buffer.concat([Buffer.from(';'), text]);
  const batchSize = text.toString('latin1').split(';').length;
  try {
    return checkBatch({ type: 'BET', batchId: 1, batchSize, payload }).betCount;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

const GOOD = '1,1,Renata Isabel,Ibáñez,31204458,1987-03-17,2201;1,9007199254740991,B,S,0,2000-02-29,07';

test('reads what counts', () => {
  expect(readBets(Buffer.from(GOOD))).toEqual([
    { agency: 1, id: 1, document: '31204458', number: 2201 },
    { agency: 1, id: 9_007_199_254_740_991, document: '0', number: 7 },
  ]);
});

test.each([
  '',
  ';',
  `${GOOD};`,
  `;${GOOD}`,
  '0,1,A,B,1,2000-01-01,1',
  '1,0,A,B,1,2000-01-01,1',
  '0001,0002,A,B,1,2000-01-01,0001',
  '1,9007199254740992,A,B,1,2000-01-01,1',
  '1,1,,B,1,2000-01-01,1',
  '1,1,A,,1,2000-01-01,1',
  '1,1,A,B,,2000-01-01,1',
  '1,1,A,B,1,2000-01-01,',
  '1,1,A,B,1,2000-01-01,10000',
  '1,1,A,B,1,2000-01-01,00001',
  '1,1,A,B,1,2000-01-01,1,',
  '1,1,A,B,1,2000-01-01',
  '1,1,A,B,123456789012345678901,2000-01-01,1',
  '1,1,A,B,12345678901234567890,2000-01-01,1',
  '1,1,A,B,1,1899-12-31,1',
  '1,1,A,B,1,1900-01-01,1',
  '1,1,A,B,1,1900-02-29,1',
  '1,1,A,B,1,2001-02-29,1',
  '1,1,A,B,1,2000-04-31,1',
  '1,1,A,B,1,2000-00-10,1',
  '1,1,A,B,1,2000-10-00,1',
  '1,1,A,B,1,9999-12-31,1',
  '+1,1,A,B,1,2000-01-01,1',
  '1,1,A\n,B,1,2000-01-01,1',
  '1,1,A\u007f,B,1,2000-01-01,1',
  '1,1,A\u0085,B,1,2000-01-01,1',
  `1,1,${'ñ'.repeat(64)},B,1,2000-01-01,1`,
  `1,1,${'ñ'.repeat(64)}a,B,1,2000-01-01,1`,
  '1,1,A,B,1,2000-01-01,1\n',
])('agrees with the server about %j', (text) => {
  expect(readBets(Buffer.from(text))?.length).toBe(serverFinds(Buffer.from(text)));
});

test('agrees with the server about any bytes changed in a good text', () => {
  const good = Buffer.from(GOOD);
  const byte = fc.oneof(fc.constantFrom(...Buffer.from(',;0129-\n\u007f')), fc.integer({ min: 0, max: 255 }));
  const change = fc.tuple(fc.nat(good.length - 1), byte);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const text = Buffer.from(good);
      for (const [at, value] of changes) text[at] = value;
      const own = readBets(text);
      // That all are of one agency is asked of the batch.
      const isOfOne = own?.every(({ agency }) => agency === own[0]!.agency) === true;
      expect(isOfOne ? own.length : undefined).toBe(serverFinds(text));
    }),
    { numRuns: 3_000 },
  );
});

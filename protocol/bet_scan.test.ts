import fc from 'fast-check';

import { betEnd, digitsEnd } from './bet_fields';
import { BetScanner } from './bet_scan';
import { readDecimal } from './decimals';
import { MAX_BATCH_SIZE } from './limits';
import { batches, betText } from './testing/arbitraries';

const MOST_BYTES = 1024 * 1024;
const scanner = new BetScanner();

test('is there on this machine', () => {
  expect(scanner.isAvailable).toBe(true);
});

const ORDINARY = [
  '1,1,Santiago Lionel,Lorca,30904465,1999-03-17,2201',
  '1,2,Ana,Paz,1,2024-02-29,0',
  '1,999999999999999,Agustín Ñandú,O’Neill de la Peña y de los Santos,12345678901234567890,1900-01-01,9999',
  `1,10,${'ñ'.repeat(64)},${'a'.repeat(128)},0,2000-12-31,0007`,
];
const payloadOf = (bets: readonly string[]): Buffer => Buffer.from(bets.map((bet) => `;${bet}`).join(''));

/** What the scanner has found good must be good for the check of each bet too. @returns how far it came */
function scanChecked(payload: Buffer): number {
  const end = scanner.scan(payload);
  const agency = readDecimal(payload, 1, digitsEnd(payload, 1, payload.length));
  let offset = 0;
  for (let bet = 0; bet < scanner.betCount; bet++) {
    expect(readDecimal(payload, offset + 1, digitsEnd(payload, offset + 1, payload.length))).toBe(agency);
    offset = betEnd(payload, offset + 1, payload.length);
    expect(offset).toBeGreaterThan(0);
  }
  expect(end).toBe(offset);
  return end;
}

test('finds all ordinary bets good', () => {
  const payload = payloadOf(ORDINARY);
  expect(scanChecked(payload)).toBe(payload.length);
  expect(scanner.betCount).toBe(ORDINARY.length);
});

test.each(['1234567', '12', '9'])('takes agency %s', (agency) => {
  const payload = payloadOf(ORDINARY.map((bet) => bet.replace(/^1/, agency)));
  expect(scanChecked(payload)).toBe(payload.length);
});

test('takes as many bets as a batch can hold, and no more', () => {
  const [bet = ''] = ORDINARY;
  scanChecked(payloadOf(Array<string>(MAX_BATCH_SIZE + 3).fill(bet)));
  expect(scanner.betCount).toBe(MAX_BATCH_SIZE);
});

test('leaves a payload alone that has no room in its memory', () => {
  const long = Array<string>(Math.ceil(MOST_BYTES / 300)).fill(`1,1,${'a'.repeat(128)},b,1,2000-01-01,1`);
  const payload = payloadOf(long);
  expect(scanChecked(payload.subarray(0, MOST_BYTES))).toBeGreaterThan(0);
  expect(scanner.scan(Buffer.concat([payload, Buffer.alloc(MOST_BYTES)]))).toBe(0);
  expect(scanner.betCount).toBe(0);
});

test.each([
  ['another agency', '2,2,Ana,Paz,1,2000-01-01,1'],
  ['an agency that begins alike', '11,2,Ana,Paz,1,2000-01-01,1'],
  ['nothing', ''],
  ['one field too few', '1,2,Ana,1,2000-01-01,1'],
  ['one field too many', '1,2,Ana,Paz,1,2000-01-01,1,'],
  ['id 0', '1,0,Ana,Paz,1,2000-01-01,1'],
  ['an empty name', '1,2,,Paz,1,2000-01-01,1'],
  ['a name of 129 bytes', `1,2,Ana,${'a'.repeat(129)},1,2000-01-01,1`],
  ['a name of 200 bytes', `1,2,${'a'.repeat(200)},Paz,1,2000-01-01,1`],
  ['a control character', '1,2,A\u001fa,Paz,1,2000-01-01,1'],
  ['DEL', '1,2,Ana,P\u007fz,1,2000-01-01,1'],
  ['no document', '1,2,Ana,Paz,,2000-01-01,1'],
  ['a document of 21 digits', `1,2,Ana,Paz,${'1'.repeat(21)},2000-01-01,1`],
  ['a letter in a document', '1,2,Ana,Paz,1a,2000-01-01,1'],
  ['a year before 1900', '1,2,Ana,Paz,1,1899-12-31,1'],
  ['a colon for a digit', '1,2,Ana,Paz,1,199:-12-31,1'],
  ['a slash for a hyphen', '1,2,Ana,Paz,1,1999/12-31,1'],
  ['month 0', '1,2,Ana,Paz,1,1999-00-31,1'],
  ['month 13', '1,2,Ana,Paz,1,1999-13-01,1'],
  ['day 0', '1,2,Ana,Paz,1,1999-12-00,1'],
  ['day 32', '1,2,Ana,Paz,1,1999-12-32,1'],
  ['day 31 of a short month', '1,2,Ana,Paz,1,1999-11-31,1'],
  ['29 February of 1900', '1,2,Ana,Paz,1,1900-02-29,1'],
  ['a short birthdate', '1,2,Ana,Paz,1,1999-12-3,1'],
  ['no number', '1,2,Ana,Paz,1,1999-12-31,'],
  ['five digits', '1,2,Ana,Paz,1,1999-12-31,10000'],
  ['a number and a space', '1,2,Ana,Paz,1,1999-12-31,1 '],
])('stops at a bet with %s', (_, bet) => {
  const [good = ''] = ORDINARY;
  expect(scanChecked(payloadOf([good, bet, good]))).toBe(good.length + 1);
  expect(scanChecked(payloadOf([good, bet]))).toBe(good.length + 1);
  expect(scanner.betCount).toBe(1);
});

test('leaves to the check of each bet what is seldom: leading zeros and ids of 16 digits', () => {
  for (const bet of ['01,1,Ana,Paz,1,2000-01-01,1', '1,01,Ana,Paz,1,2000-01-01,1'])
    scanChecked(payloadOf([bet]));
  expect(scanChecked(payloadOf(['1,1000000000000000,Ana,Paz,1,2000-01-01,1']))).toBe(0);
});

test('is not misled by what an earlier batch has left behind a payload that is cut anywhere', () => {
  const whole = payloadOf([...ORDINARY, ...ORDINARY]);
  for (let end = 0; end <= whole.length; end++) {
    scanner.scan(whole);
    scanChecked(whole.subarray(0, end));
  }
});

/** Bytes that mean something in a bet, or stand beside one that does. */
const BYTES = Buffer.from(',;-09:/ \x1f\x7f\0\n1aé', 'latin1');
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    removed: fc.integer({ min: 0, max: 2 }),
    inserted: fc.uint8Array({ max: 2 }).map((picks) => picks.map((pick) => BYTES[pick % BYTES.length] ?? 0)),
  }),
  { maxLength: 3 },
);

test('of any batch, changed in any way, it finds good only what the check of each bet finds good', () => {
  fc.assert(
    fc.property(batches(), edits, ({ bets }, changes) => {
      const texts = bets.map((bet) => betText(bet));
      const payload = changes.reduce((bytes, { at, removed, inserted }) => {
        const offset = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, offset), inserted, bytes.subarray(offset + removed)]);
      }, payloadOf(texts));
      scanChecked(payload);
    }),
    { numRuns: 5_000 },
  );
});

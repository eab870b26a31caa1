import { createHash } from 'node:crypto';

import { betEnd } from '../../protocol/bet_fields';
import { type AgencyPlan, agencyBets } from './agency_bets';
import { row } from './agency_files';

const plan: AgencyPlan = { seed: 7574, agency: 1, bets: 27_118, winnerNumber: 7574 };

const rowsOf = (changes: Partial<AgencyPlan>): string[] =>
  Array.from(agencyBets({ ...plan, ...changes }), row);

const numberOf = (text: string): number => Number(text.slice(text.lastIndexOf(',') + 1));

test('the first rows of the default seed never change', () => {
  const beginning = rowsOf({}).slice(0, 1000).join('');
  expect(createHash('sha256').update(beginning).digest('hex')).toBe(
    '3886355393b052d6d4b3c807145a92d28222477f2f98b069ab0947ddb5940f02',
  );
});

test('another seed or another agency has other bets', () => {
  const [first] = rowsOf({ bets: 1 });
  expect(rowsOf({ bets: 1, seed: 1 })).not.toEqual([first]);
  expect(rowsOf({ bets: 1, agency: 2 })).not.toEqual([first]);
});

test.each([0, 1, 7574, 0xffff_ffff])('every row of seed %d is a valid bet', (seed) => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const isValid = (text: string, index: number): boolean => {
    const bytes = Buffer.from(`1,${index + 1},${text.slice(0, -1)}`);
    const written = /,[0-9]{7,8},(19[3-9][0-9]|200[0-5])-[0-9-]{5},(0|[1-9][0-9]{0,3})$/;
    return betEnd(bytes, 0, bytes.length) === bytes.length && written.test(decoder.decode(bytes));
  };
  const rows = rowsOf({ seed, bets: 5_000 });
  expect(rows).toHaveLength(5_000);
  expect(rows.filter((text, index) => !isValid(text, index))).toEqual([]);
});

test('a winner number changes the planned winners and nothing else', () => {
  const other = rowsOf({ winnerNumber: 1 });
  const changed = rowsOf({}).filter((text, index) => text !== other[index]);
  expect(changed.length).toBeGreaterThanOrEqual(3);
  expect(changed.length).toBeLessThanOrEqual(5);
  for (const text of changed) expect(numberOf(text)).toBe(7574);
});

test('an agency of a hundred bets has two winners, one of ten thousand somebody who wins twice', () => {
  const winners = (bets: number): string[] => rowsOf({ bets }).filter((text) => numberOf(text) === 7574);
  expect(winners(100).length).toBeGreaterThanOrEqual(2);
  const many = winners(10_000);
  expect(new Set(many).size).toBeLessThan(many.length);
});

test('some come back for another bet, always under the same name and date', () => {
  const people = new Map<number, string>();
  const documentsOfTwo: number[] = [];
  let again = 0;
  for (const { person } of agencyBets(plan)) {
    const known = people.get(person.document);
    const told = `${person.firstName},${person.lastName},${person.birthdate}`;
    if (known !== undefined) again++;
    if (known !== undefined && known !== told) documentsOfTwo.push(person.document);
    people.set(person.document, told);
  }
  expect(documentsOfTwo).toEqual([]);
  expect(again / plan.bets).toBeGreaterThan(0.1);
  expect(again / plan.bets).toBeLessThan(0.2);
});

test('the numbers are nearly uniform, with a little human bias', () => {
  const numbers = rowsOf({ bets: 100_000 }).map(numberOf);
  const inEachThousand = new Array<number>(10).fill(0);
  for (const number of numbers) inEachThousand[Math.floor(number / 1000)]!++;
  for (const count of inEachThousand) expect(Math.abs(count - 10_000)).toBeLessThan(2_000);
  expect(numbers.filter((number) => number === 7777).length).toBeGreaterThan(50);
  expect(numbers.filter((number) => number === 7778).length).toBeLessThan(50);
});

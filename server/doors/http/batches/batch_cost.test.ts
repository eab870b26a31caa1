/** What a bad batch costs, beside a good one of its size. */
import { MAX_BATCH_SIZE } from '../../../../protocol/limits';
import { readCsvBatch } from './csv_batch';
import { checkGivenBatch, GivenBatch } from './given_batch';
import { readJsonBatch } from './json_batch';

/** Far more than a machine that is busy with something else makes of 2 to 3, and far less than what is to be seen. */
const MAX_RATIO = 12;
const ROUNDS = 5;
const MAX_PAYLOAD_BYTES = 4 * 1024 * 1024;
const BODY_BYTES = 2 * MAX_PAYLOAD_BYTES;
const NAME = 'n'.repeat(128);

type Read = (agency: number, body: Buffer) => GivenBatch;

/** The time of the fastest of some rounds. */
function cost(read: Read, body: Buffer): number {
  let fastestMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    try {
      checkGivenBatch(read(1, body), 1, MAX_PAYLOAD_BYTES);
    } catch {
      // Whether it is good is not asked here.
    }
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  return fastestMs;
}

const csv = (number: string): Buffer =>
  Buffer.from(
    Array.from(
      { length: MAX_BATCH_SIZE },
      (_, index) => `${index + 1},"${NAME}",${NAME},1,2000-01-01,${number}\n`,
    ).join(''),
  );
const json = (number: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      bets: Array.from({ length: MAX_BATCH_SIZE }, (_, index) => ({
        bet_id: index + 1,
        first_name: NAME,
        last_name: NAME,
        document: '1',
        birthdate: '2000-01-01',
        number,
      })),
    }),
  );
const distinctMembers = (): string =>
  Array.from(
    { length: 9_900 },
    (_, bet) => `{${Array.from({ length: 18 }, (__, member) => `"m${bet}_${member}":1`).join(',')}}`,
  ).join(',');

test.each<[string, Read, Buffer, Buffer]>([
  ['CSV whose bets are all wrong', readCsvBatch, csv('1'), csv('x')],
  ['CSV of quotes', readCsvBatch, csv('1'), Buffer.alloc(BODY_BYTES, '"')],
  ['CSV of empty lines', readCsvBatch, csv('1'), Buffer.alloc(BODY_BYTES, '\n')],
  ['CSV of empty lines and a quote', readCsvBatch, csv('1'), Buffer.from(`${'\n'.repeat(BODY_BYTES)}"`)],
  ['CSV of commas', readCsvBatch, csv('1'), Buffer.alloc(BODY_BYTES, ',')],
  ['JSON whose bets are all wrong', readJsonBatch, json(1), json(10_000)],
  [
    'JSON whose bets have many members',
    readJsonBatch,
    json(1),
    Buffer.from(`{"bets":[${distinctMembers()}]}`),
  ],
])('%s takes no longer than a good batch', (_, read, good, bad) => {
  expect(cost(read, bad) / cost(read, good)).toBeLessThan(MAX_RATIO);
});

/** What a bad batch costs, beside a good one of its size. */
import { checkBatch } from './checked_batch';
import { MAX_BATCH_SIZE, MAX_NAME_BYTES } from './limits';

/** Far more than a machine that is busy with something else makes of 1, and far less than what is to be seen. */
const MAX_RATIO = 6;
const ROUNDS = 5;
const PAYLOAD_BYTES = 4 * 1024 * 1024;
const NAME = 'n'.repeat(MAX_NAME_BYTES);
const TINY = ';1,1,a,b,1,2000-01-01,1';

const bets = (count: number, text = `;1,1,${NAME},${NAME},1,2000-01-01,1`): string => text.repeat(count);

/** The time of the fastest of some rounds, and how the last one was refused. */
function cost(payload: Buffer): { fastestMs: number; reason: string } {
  let fastestMs = Infinity;
  let reason = '';
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    try {
      checkBatch({ type: 'BET', batchId: 1, batchSize: MAX_BATCH_SIZE, payload });
    } catch (error) {
      reason = String(error);
    }
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  return { fastestMs, reason };
}

const GOOD = Buffer.from(bets(MAX_BATCH_SIZE));
const OTHERS = bets(MAX_BATCH_SIZE - 1, TINY);

test.each([
  [
    'with more bets than a batch can hold, the last one wrong',
    Buffer.from(`${bets(Math.floor(PAYLOAD_BYTES / TINY.length), TINY)};x`),
    'more than 9999 bets',
  ],
  [
    'whose last bet is wrong',
    Buffer.from(`${bets(MAX_BATCH_SIZE - 1)};1,1,a,b,1,2000-01-01,x`),
    'bet 9999: number',
  ],
  [
    'whose last byte is no UTF-8',
    Buffer.concat([
      Buffer.from(`${bets(MAX_BATCH_SIZE - 1)};1,1,a,`),
      Buffer.of(0xff),
      Buffer.from(',1,2000-01-01,1'),
    ]),
    'bet 9999: last_name',
  ],
  ['of commas', Buffer.from(`;${','.repeat(GOOD.length)}`), 'bet 1: bet'],
  ['of one bet_id', Buffer.from(`;1,${'9'.repeat(GOOD.length)}`), 'bet 1: bet'],
  [
    'whose first agency has as many zeros as there is room for, and the others none',
    Buffer.from(`;${'0'.repeat(GOOD.length - OTHERS.length)}${TINY.slice(1)}${OTHERS}`),
    '',
  ],
])('a batch %s takes no longer than a good one', (_, payload, reason) => {
  const good = cost(GOOD);
  expect(good.reason).toBe('');
  const tried = cost(payload);
  expect(tried.reason).toContain(reason);
  expect(tried.fastestMs / good.fastestMs).toBeLessThan(MAX_RATIO);
});

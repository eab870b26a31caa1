import { getMaxListeners } from 'node:events';

import { AwaitedWins } from './awaited_wins';
import { MAX_WAITING_WINS } from './limits';

test('are bounded for each agency', () => {
  const wins = new AwaitedWins();
  for (let count = 0; count < MAX_WAITING_WINS; count++) wins.add(1);
  expect([wins.mayAdd(1), wins.mayAdd(2)]).toEqual([false, true]);
  wins.settle(1);
  expect(wins.mayAdd(1)).toBe(true);
});

test('may each have a listener, without a warning from Node', () => {
  expect(getMaxListeners(new AwaitedWins().signal)).toBe(Infinity);
});

test('are given up together', () => {
  const wins = new AwaitedWins();
  expect(wins.signal.aborted).toBe(false);
  wins.abandon();
  expect(wins.signal.aborted).toBe(true);
});

import { FakeClock } from '../../../../program/testing/fake_clock';
import { settled } from '../../../testing/settled';
import { PacedTurns } from './paced_turns';

const SIGNAL = new AbortController().signal;

/** Turns, and what was done in them so far. */
function begin(maxWaiting = 10): {
  clock: FakeClock;
  done: string[];
  ask: (name: string, workMs: number, share?: number, signal?: AbortSignal) => Promise<void>;
} {
  const clock = new FakeClock();
  const turns = new PacedTurns(clock, maxWaiting);
  const done: string[] = [];
  const ask = (name: string, workMs: number, share = 1, signal = SIGNAL): Promise<void> =>
    turns.run(share, signal, () => {
      clock.advance(workMs);
      done.push(name);
      return Promise.resolve();
    });
  return { clock, done, ask };
}

test('one piece of work comes after the other, with a pause of nineteen times as long', async () => {
  const { clock, done, ask } = begin();
  const all = ['a', 'b', 'c'].map((name) => ask(name, 10));
  await settled();
  expect(done).toEqual(['a']);
  clock.advance(189);
  await settled();
  expect(done).toEqual(['a']);
  clock.advance(1);
  await settled();
  expect(done).toEqual(['a', 'b']);
  clock.advance(190);
  await Promise.all(all);
  expect(done).toEqual(['a', 'b', 'c']);
  clock.advance(190);
  await ask('d', 10);
});

test('after a piece that is not dear the pause is shorter', async () => {
  const { clock, done, ask } = begin();
  const all = ['a', 'b'].map((name) => ask(name, 10, 0.1));
  await settled();
  clock.advance(19);
  await Promise.all(all);
  expect(done).toEqual(['a', 'b']);
});

test('so many wait, and no more', async () => {
  const { ask } = begin(1);
  await ask('a', 10);
  void ask('b', 10);
  await expect(ask('c', 10)).rejects.toMatchObject({ code: 'unavailable' });
});

test('whoever leaves gives its place away, and the turn passes by', async () => {
  const { clock, done, ask } = begin(2);
  const leaving = new AbortController();
  await ask('a', 10);
  const left = ask('b', 10, 1, leaving.signal);
  const next = ask('c', 10);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: 'unavailable' });
  await expect(ask('d', 10, 1, leaving.signal)).rejects.toMatchObject({ code: 'unavailable' });
  clock.advance(190);
  await next;
  expect(done).toEqual(['a', 'c']);
});

test('work that fails passes the turn on as well', async () => {
  const clock = new FakeClock();
  const turns = new PacedTurns(clock, 1);
  await expect(turns.run(1, SIGNAL, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  clock.advance(0);
  await turns.run(1, SIGNAL, () => Promise.resolve());
});

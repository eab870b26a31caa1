import { CommitWindow } from './commit_window';
import { MAX_COMMIT_DURATIONS } from './limits';

const NOTHING = { count: 0, operations: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };

test('of no commit there is nothing to tell', () => {
  expect(new CommitWindow().take()).toEqual(NOTHING);
});

test('percentiles are values that were there, whatever the order they came in', () => {
  const window = new CommitWindow();
  for (let value = 100; value >= 1; value--) window.add({ operations: 3, durationMs: value });
  expect(window.take()).toEqual({ count: 100, operations: 300, p50Ms: 50, p99Ms: 99, maxMs: 100 });
});

test('of one commit, all percentiles are its own', () => {
  const window = new CommitWindow();
  window.add({ operations: 1, durationMs: 1.234 });
  expect(window.take()).toEqual({ count: 1, operations: 1, p50Ms: 1.23, p99Ms: 1.23, maxMs: 1.23 });
});

test('what was told is not told again', () => {
  const window = new CommitWindow();
  window.add({ operations: 1, durationMs: 9 });
  window.take();
  expect(window.take()).toEqual(NOTHING);
  window.add({ operations: 1, durationMs: 2 });
  expect(window.take()).toMatchObject({ count: 1, maxMs: 2, p99Ms: 2 });
});

test('beyond its bound the newest durations are kept, and all are counted', () => {
  const window = new CommitWindow();
  window.add({ operations: 1, durationMs: 500 });
  for (let commit = 0; commit < MAX_COMMIT_DURATIONS; commit++) window.add({ operations: 1, durationMs: 1 });
  expect(window.take()).toEqual({
    count: MAX_COMMIT_DURATIONS + 1,
    operations: MAX_COMMIT_DURATIONS + 1,
    p50Ms: 1,
    p99Ms: 1,
    maxMs: 500,
  });
});

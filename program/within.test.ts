import { FakeClock } from './testing/fake_clock';
import { within } from './within';

const clock = new FakeClock();
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(new Error('aborted'));
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

afterEach(() => expect(clock.timerCount).toBe(0));

test('gives what the work gives', async () => {
  expect(await within(clock, 1_000, new AbortController().signal, () => Promise.resolve(7))).toBe(7);
});

test('fails as the work fails', async () => {
  const work = () => Promise.reject(new Error('refused'));
  await expect(within(clock, 1_000, new AbortController().signal, work)).rejects.toThrow('refused');
});

test('ends the work when its time is over', async () => {
  const ended = within(clock, 90_000, new AbortController().signal, never);
  clock.runNext();
  await expect(ended).rejects.toThrow('no whole answer within 90 s');
});

test('ends the work when it is of no use any more, also from the beginning', async () => {
  const stop = new AbortController();
  const ended = within(clock, 1_000, stop.signal, never);
  stop.abort();
  await expect(ended).rejects.toThrow('stopped');
  await expect(within(clock, 1_000, stop.signal, never)).rejects.toThrow('stopped');
});

import { untilOpened } from './until_opened';

const PASSING = new Error('not yet');
const isPassing = (error: unknown): boolean => error === PASSING;

test('what passes by itself is waited for, and told once', async () => {
  const told: string[] = [];
  let tries = 0;
  const open = (): Promise<string> => (++tries < 3 ? Promise.reject(PASSING) : Promise.resolve('open'));
  expect(await untilOpened(open, isPassing, { onWaiting: (reason) => told.push(reason) })).toBe('open');
  expect({ tries, told }).toEqual({ tries: 3, told: ['not yet'] });
});

test('what does not pass is not tried again', async () => {
  let tries = 0;
  const open = (): Promise<never> => {
    tries++;
    return Promise.reject(new Error('never'));
  };
  await expect(untilOpened(open, isPassing, {})).rejects.toThrow('never');
  expect(tries).toBe(1);
});

test('the end of the program ends it', async () => {
  const stop = new AbortController();
  const opening = untilOpened(() => Promise.reject(PASSING), isPassing, {
    stop: stop.signal,
    onWaiting: () => stop.abort(new Error('stopped')),
  });
  await expect(opening).rejects.toThrow('stopped');
});

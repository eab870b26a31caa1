import { settled } from '../../../testing/settled';
import { Turns } from './turns';

const SIGNAL = new AbortController().signal;

/** Turns, the pieces of work that have begun, and what ends each. */
function begin(atOnce: number, maxWaiting = 10) {
  const turns = new Turns(atOnce, maxWaiting);
  const begun: string[] = [];
  const end = new Map<string, (error?: Error) => void>();
  const ask = (name: string, signal = SIGNAL): Promise<string> =>
    turns.run(signal, () => {
      begun.push(name);
      return new Promise((resolve, reject) =>
        end.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
      );
    });
  return { begun, end: (name: string, error?: Error) => end.get(name)!(error), ask };
}

test('only so many have their turn at once, the others one after the other', async () => {
  const { begun, end, ask } = begin(2);
  const all = ['a', 'b', 'c', 'd'].map((name) => ask(name));
  await settled();
  expect(begun).toEqual(['a', 'b']);
  end('b');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('a');
  await settled();
  end('c');
  end('d');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  const next = ['e', 'f', 'g'].map((name) => ask(name));
  expect(begun.slice(4)).toEqual(['e', 'f']);
  for (const name of ['e', 'f', 'g']) {
    await settled();
    end(name);
  }
  await Promise.all(next);
});

test('work that fails gives its turn on', async () => {
  const { end, ask } = begin(1);
  const failing = ask('a');
  const next = ask('b');
  await settled();
  end('a', new Error('it fails'));
  await expect(failing).rejects.toThrow('it fails');
  await settled();
  end('b');
  expect(await next).toBe('b');
});

test('whoever leaves is passed over, and beyond so many nobody waits', async () => {
  const { begun, end, ask } = begin(1, 1);
  const leaving = new AbortController();
  void ask('a');
  const left = expect(ask('b', leaving.signal)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(ask('c')).rejects.toMatchObject({ code: 'unavailable' });
  leaving.abort();
  await left;
  await expect(ask('d', leaving.signal)).rejects.toMatchObject({ code: 'unavailable' });
  void ask('e');
  end('a');
  await settled();
  expect(begun).toEqual(['a', 'e']);
});

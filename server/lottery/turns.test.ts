import { settled } from '../testing/settled';
import { Turns } from './turns';

test('so many have their turn at once, the others wait in their order, and one too many is unavailable', async () => {
  const turns = new Turns(1, 2);
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const take = (name: string): Promise<string> =>
    turns.take(() => {
      begun.push(name);
      return new Promise((resolve, reject) =>
        ends.set(name, (error) => (error ? reject(error) : resolve(name))),
      );
    });
  const [first, second, third] = ['a', 'b', 'c'].map(take);
  await expect(take('d')).rejects.toMatchObject({ code: 'unavailable' });
  expect(begun).toEqual(['a']);
  ends.get('a')?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await settled();
  expect(begun).toEqual(['a', 'b']);
  ends.get('b')?.();
  expect(await second).toBe('b');
  await settled();
  ends.get('c')?.();
  expect(await third).toBe('c');
  const next = take('e');
  ends.get('e')?.();
  expect(await next).toBe('e');
});

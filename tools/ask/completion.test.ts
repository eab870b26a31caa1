import { completionsOf } from './completion';

const names = () => Promise.resolve(['cursor', 'greeting', 'cat']);

test.each<[string, string[], string]>([
  ['', expect.arrayContaining(['help ', 'set ', 'draw ', 'exit ']) as string[], ''],
  ['d', ['delete ', 'draw '], 'd'],
  ['get ', ['cat', 'cursor', 'greeting'], ''],
  ['  get cu', ['cursor'], 'cu'],
  ['set c', ['cat', 'cursor'], 'c'],
  ['delete /', ['/agencies/', '/draw', '/notes/'], '/'],
  ['set cat c', [], 'c'],
  ['help s', ['set'], 's'],
  ['agency ', [], ''],
  ['nothing ', [], ''],
])('%j', async (line, words, part) => {
  expect(await completionsOf(line, names)).toEqual([words, part]);
});

test('names are asked for only where a key is written', async () => {
  const unasked = () => Promise.reject(new Error('asked'));
  for (const line of ['', 'ge', 'help ', 'get /', 'agency ']) await completionsOf(line, unasked);
  await expect(completionsOf('get ', unasked)).rejects.toThrow('asked');
});

import { Stage } from '../../tests/support/programs';

const stage = new Stage();
afterAll(() => stage.close());

const run = async (...words: string[]) => {
  const program = stage.run('tools/tokens/main.js', {}, words);
  return { exit: await program.exit, output: program.output, errors: program.errors };
};

test('prints the file', async () => {
  const { exit, output, errors } = await run('2');
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toMatch(/^# [^\n]+\noperator = \S+\n1 = \S+\n2 = \S+\n$/);
});

test('prints a long file whole', async () => {
  const { exit, output } = await run('20000');
  expect(exit).toBe(0);
  expect(output).toMatch(/\n20000 = \S+\n$/);
});

test('prints its usage', async () => {
  const { exit, output } = await run('--help');
  expect(exit).toBe(0);
  expect(output).toContain('usage: npm run --silent tokens [-- N]');
});

test('a mistake in usage is one line on stderr and exit 2', async () => {
  const { exit, output, errors } = await run('none');
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

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
  expect(output).toContain('usage: npm run tokens -- [N] --out FILE');
});

test('a mistake in usage is one line on stderr and exit 2', async () => {
  const { exit, output, errors } = await run('none');
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

describe('writes the file itself', () => {
  test('which only its owner may read, and prints no token', async () => {
    const file = stage.path('tokens.ini');
    const { exit, output, errors } = await run('2', '--out', file);
    expect({ exit, errors, output }).toEqual({
      exit: 0,
      errors: '',
      output: `${file}: tokens for the operator and 2 agencies\n`,
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^# [^\n]+\noperator = \S+\n1 = \S+\n2 = \S+\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('and replaces none that is there, unless it is told to', async () => {
    const file = stage.path('there.ini');
    writeFileSync(file, 'old');
    chmodSync(file, 0o644);
    const refused = await run('2', '--out', file);
    expect(refused).toEqual({
      exit: 2,
      output: '',
      errors: expect.stringContaining(`${file} is there already`) as string,
    });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(await run('2', '--out', file, '--replace')).toMatchObject({ exit: 0, errors: '' });
    expect(readFileSync(file, 'utf8')).toContain('operator = ');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('or says in one line that it cannot, and leaves nothing', async () => {
    const before = readdirSync(stage.folder);
    const { exit, errors } = await run('--out', stage.path('no/such/tokens.ini'));
    expect(exit).toBe(1);
    expect(errors).toMatch(/^\S+tokens\.ini: cannot be written: [^\n]*ENOENT[^\n]*\n$/);
    expect(readdirSync(stage.folder)).toEqual(before);
  });
});

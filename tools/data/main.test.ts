import { mkdirSync, readFileSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Program, Stage, expectStopInTime } from '../../tests/support/programs';

const stage = new Stage();
afterAll(() => stage.close());

const run = (...words: string[]): Program => stage.run('tools/data/main.js', {}, words);

async function resultOf(
  program: Program,
): Promise<{ exit: number | string; output: string; errors: string }> {
  return { exit: await program.exit, output: program.output, errors: program.errors };
}

function firstChange(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      watcher.close();
      resolve();
    });
  });
}

test('makes the files and tells of each in one line', async () => {
  const out = stage.path('new/folder');
  const result = await resultOf(run('--agencies', '2', '--bets', '300', '--out', out, '--seed', '1'));
  expect(result).toEqual({
    exit: 0,
    output: expect.stringMatching(
      /^agency-1\.csv: \d+ bets, \d+ winners for 7574\nagency-2\.csv: \d+ bets, \d+ winners for 7574\n$/,
    ) as string,
    errors: '',
  });
  expect(readdirSync(out)).toEqual(['agency-1.csv', 'agency-2.csv']);
  const rows = readdirSync(out).flatMap((name) => readFileSync(join(out, name), 'utf8').match(/.+\n/g) ?? []);
  expect(rows).toHaveLength(300);
});

test('prints its usage and leaves with 0', async () => {
  const { exit, output, errors } = await resultOf(run('--help'));
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toContain('usage: npm run data -- [options]');
});

test('a mistake in usage is one line on stderr and exit 2', async () => {
  const { exit, output, errors } = await resultOf(run('--seed', '-5'));
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

test('a folder that cannot be made is one line on stderr and exit 1', async () => {
  writeFileSync(stage.path('file'), '');
  const { exit, output, errors } = await resultOf(run('--out', stage.path('file')));
  expect({ exit, output }).toEqual({ exit: 1, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

describe('where something is in the way of a file', () => {
  const KEPT = 'Ana,Paz,30904465,1999-03-17,1\n';

  /** A folder with the file of agency 1. */
  function folderWithFile(name: string): string {
    const out = stage.path(name);
    mkdirSync(out);
    writeFileSync(join(out, 'agency-1.csv'), KEPT);
    return out;
  }

  test('a folder that is not empty is named, and no file is replaced', async () => {
    const out = folderWithFile('in-the-way');
    mkdirSync(join(out, 'agency-3.csv', 'kept'), { recursive: true });
    expect(await resultOf(run('--agencies', '3', '--bets', '30', '--out', out))).toEqual({
      exit: 1,
      output: '',
      errors: `${join(out, 'agency-3.csv')} is a folder that is not empty, not a file; no file was written\n`,
    });
    expect(readFileSync(join(out, 'agency-1.csv'), 'utf8')).toBe(KEPT);
    expect(readdirSync(out)).toEqual(['agency-1.csv', 'agency-3.csv']);
  });

  test.each([
    { words: [], made: [1, 2, 3] },
    { words: ['--missing'], made: [2, 3] },
  ])('an empty folder, as Docker makes it, gives way ($words)', async ({ words, made }) => {
    const out = folderWithFile(`docker${words.join()}`);
    mkdirSync(join(out, 'agency-3.csv'));
    const plan = ['--agencies', '3', '--bets', '30', '--out', out];
    const { exit, output, errors } = await resultOf(run(...plan, ...words));
    expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
    expect(output.match(/^agency-\d/gm)).toEqual(made.map((agency) => `agency-${agency}`));
    expect(readFileSync(join(out, 'agency-1.csv'), 'utf8') === KEPT).toBe(!made.includes(1));
    expect(readFileSync(join(out, 'agency-3.csv'), 'utf8')).toMatch(/^([^,\n]+,){4}\d+\n/);
  });
});

test('--missing makes the files that the whole plan would have, and then none', async () => {
  const [all, some] = [stage.path('all'), stage.path('some')];
  const words = ['--agencies', '4', '--bets', '400'];
  await resultOf(run(...words, '--out', all));
  mkdirSync(some);
  for (const agency of [1, 3]) writeFileSync(join(some, `agency-${agency}.csv`), '');
  expect((await resultOf(run(...words, '--missing', '--out', some))).exit).toBe(0);
  const read = (folder: string, agency: number): string =>
    readFileSync(join(folder, `agency-${agency}.csv`), 'utf8');
  expect([1, 2, 3, 4].map((agency) => read(some, agency))).toEqual(['', read(all, 2), '', read(all, 4)]);
  expect(await resultOf(run(...words, '--missing', '--out', some))).toEqual({
    exit: 0,
    output: `no file is missing in ${some}\n`,
    errors: '',
  });
});

test('is stopped by SIGTERM within a second and leaves no part of a file', async () => {
  const out = stage.path('stopped');
  mkdirSync(out);
  const begun = firstChange(out);
  const program = run('--bets', '1000000000', '--out', out);
  await begun;
  await expectStopInTime(program);
  expect(await resultOf(program)).toEqual({
    exit: 0,
    output: '',
    errors: 'stopped: the file that was being written is left as it was\n',
  });
  expect(readdirSync(out)).toEqual([]);
});

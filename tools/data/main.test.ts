import { mkdirSync, readFileSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Program, Stage, stopTimeMs } from '../../tests/support/programs';

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

test('is stopped by SIGTERM within a second and leaves no part of a file', async () => {
  const out = stage.path('stopped');
  mkdirSync(out);
  const begun = firstChange(out);
  const program = run('--bets', '1000000000', '--out', out);
  await begun;
  expect(await stopTimeMs(program)).toBeLessThan(1_000);
  expect(await resultOf(program)).toEqual({
    exit: 0,
    output: '',
    errors: 'stopped: the file that was being written is left as it was\n',
  });
  expect(readdirSync(out)).toEqual([]);
});

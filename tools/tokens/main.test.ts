import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { readTokens } from '../../server/doors/identity/tokens_file';
import { Stage } from '../../tests/support/programs';

const stage = new Stage();
afterAll(() => stage.close());

const OLD_TOKEN = 'an-old-token-of-agency-one';

const run = async (...words: string[]) => {
  const program = stage.run('tools/tokens/main.js', {}, words);
  return { exit: await program.exit, output: program.output, errors: program.errors };
};

/** Whose the printed tokens are, and what they are. */
function printed(output: string): Record<string, string> {
  const entries = [...output.matchAll(/^(\w+) = (\S{43})$/gm)];
  return Object.fromEntries(entries.map(([, holder = '', token = '']) => [holder, token]));
}

/** Runs it well, on a file. @returns the printed tokens */
async function change(file: string, ...words: string[]): Promise<Record<string, string>> {
  const { exit, output, errors } = await run(...words, '--out', file);
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toMatch(/^# [^\n]+\n(\w+ = \S{43}\n)*$/);
  return printed(output);
}

const holderOf = (file: string, token = '') => readTokens(file, 9).holderOf(token);

test('prints its usage', async () => {
  const { exit, output } = await run('--help');
  expect(exit).toBe(0);
  expect(output).toContain('usage: npm run tokens -- [N] --out FILE');
});

test.each([['none'], ['5'], ['--renew', '1', '--out', stage.path('nowhere.ini')]])(
  'a mistake in usage (%s %s) is one line on stderr and exit 2',
  async (...words) => {
    const { exit, output, errors } = await run(...words);
    expect({ exit, output }).toEqual({ exit: 2, output: '' });
    expect(errors).toMatch(/^[^\n]+\n$/);
  },
);

describe('a new file', () => {
  test('has digests, for its owner alone; the tokens are printed', async () => {
    const file = stage.path('tokens.ini');
    const tokens = await change(file, '2');
    expect(Object.keys(tokens).sort()).toEqual(['1', '2', 'auditor', 'operator']);
    const text = readFileSync(file, 'utf8');
    for (const [holder, token] of Object.entries(tokens)) {
      expect(String(holderOf(file, token))).toBe(holder);
      expect(text).not.toContain(token);
    }
    const digest = String.raw`sha256:[0-9a-f]{64}\n`;
    expect(text).toMatch(
      new RegExp(`^# [^\n]+\noperator = ${digest}auditor = ${digest}1 = ${digest}2 = ${digest}$`),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('may be long', async () => {
    expect(await change(stage.path('long.ini'), '20000')).toHaveProperty('20000');
  });

  test('replaces none that is there, unless it is told to', async () => {
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
    await change(file, '2', '--replace');
    expect(readFileSync(file, 'utf8')).toContain('operator = ');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('that cannot be written is told in one line, and leaves nothing', async () => {
    const before = readdirSync(stage.folder);
    const { exit, output, errors } = await run('--out', stage.path('no/such/tokens.ini'));
    expect({ exit, output }).toEqual({ exit: 1, output: '' });
    expect(errors).toMatch(/^\S+tokens\.ini: cannot be written: [^\n]*ENOENT[^\n]*\n$/);
    expect(readdirSync(stage.folder)).toEqual(before);
  });
});

describe('a file that is there', () => {
  test('gets new tokens for some; theirs end, the others stay', async () => {
    const file = stage.path('renewed.ini');
    const before = await change(file, '3');
    const renewed = await change(file, '--renew', 'operator,2,4');
    expect(Object.keys(renewed).sort()).toEqual(['2', '4', 'operator']);
    for (const [holder, token] of Object.entries({ ...before, ...renewed })) {
      expect(String(holderOf(file, token))).toBe(holder);
    }
    for (const ended of [before['operator'], before['2']]) expect(holderOf(file, ended)).toBeUndefined();
  });

  test('may keep the old token beside the new one, until it is dropped', async () => {
    const file = stage.path('kept.ini');
    const first = await change(file, '1');
    const second = await change(file, '--renew', '1', '--keep-old');
    expect([first['1'], second['1']].map((token) => holderOf(file, token))).toEqual([1, 1]);
    const third = await change(file, '--renew', '1', '--keep-old');
    const all = [first['1'], second['1'], third['1']];
    expect(all.map((token) => holderOf(file, token))).toEqual([undefined, 1, 1]);
    expect(await change(file, '--drop-old', '1')).toEqual({});
    expect(all.map((token) => holderOf(file, token))).toEqual([undefined, undefined, 1]);
    const again = await run('--drop-old', '1', '--out', file);
    expect(again).toMatchObject({
      exit: 2,
      output: '',
      errors: `${file}: --drop-old: 1 has no older token there\n`,
    });
  });

  test('loses the lines of those whose tokens are revoked', async () => {
    const file = stage.path('revoked.ini');
    const before = await change(file, '2');
    expect(await change(file, '--revoke', '1,auditor')).toEqual({});
    expect(readFileSync(file, 'utf8')).not.toMatch(/^(1|auditor) =/m);
    expect(holderOf(file, before['1'])).toBeUndefined();
    expect(holderOf(file, before['2'])).toBe(2);
    for (const holders of ['1', 'operator,2']) {
      const text = readFileSync(file, 'utf8');
      expect(await run('--revoke', holders, '--out', file)).toMatchObject({ exit: 2, output: '' });
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  test('of tokens gets their digests, and they stay good', async () => {
    const file = stage.path('older.ini');
    writeFileSync(file, `# ours\n1 = ${OLD_TOKEN} # Rosario\n2 = another-token-of-a-test\n`, { mode: 0o640 });
    expect(await change(file, '--convert')).toEqual({});
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^# ours\n1 = sha256:\S{64} # Rosario\n2 = sha256:\S{64}\n$/);
    expect(holderOf(file, OLD_TOKEN)).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });
});

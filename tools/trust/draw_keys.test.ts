/** `npm run trust-key` with both names: what a server and the control of one draw need. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AUDITOR } from '../../server/doors/identity/party';
import { readTokens } from '../../server/doors/identity/tokens_file';
import { signingKey } from '../../server/transparency/log_keys';
import { Stage } from '../../tests/support/programs';
import { noteSigner, openNote, parseVerifierKey, signedNote } from '../../transparency/notes/note';

const ORIGIN = 'lottery.example/2026-12-22';
const CONTROL = 'control.example/lottery';

let stage: Stage;
let folder: string;
beforeEach(() => {
  stage = new Stage();
  folder = stage.path('keys');
});
afterEach(() => stage.close());

const run = async (origin = ORIGIN, control = CONTROL) => {
  const words = ['--origin', origin, '--control', control, '--out', folder];
  const program = stage.run('tools/trust/main.js', {}, words);
  return { exit: await program.exit, output: program.output, errors: program.errors };
};
const read = (...names: string[]): string => readFileSync(join(folder, ...names), 'utf8');
const modeOf = (...names: string[]): number => statSync(join(folder, ...names)).mode & 0o777;

test('makes secrets for each alone, and what both may know', async () => {
  const { exit, output, errors } = await run();
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toContain('made: log/key.pem, control/key.pem, control/token\n');
  expect(readdirSync(folder).sort()).toEqual(['control', 'log', 'public']);
  for (const secret of [
    ['log', 'key.pem'],
    ['control', 'key.pem'],
    ['control', 'token'],
  ])
    expect(modeOf(...secret)).toBe(0o600);
  expect([modeOf('log'), modeOf('control')]).toEqual([0o700, 0o700]);
  const [log, control] = [read('public', 'log').trim(), read('public', 'control').trim()];
  const signed = signedNote('text\n', noteSigner(ORIGIN, signingKey(read('log', 'key.pem'))).sign('text\n'));
  expect(openNote(signed, [parseVerifierKey(log)]).verified).toHaveLength(1);
  expect(parseVerifierKey(control)).toMatchObject({ name: CONTROL, type: 4 });
  expect(read('public', 'policy.txt')).toBe(`log ${log}\nwitness control ${control}\nquorum control\n`);
  const token = read('control', 'token').trim();
  expect(readTokens(join(folder, 'public', 'tokens.ini'), 1).holderOf(token)).toBe(AUDITOR);
  expect(
    output +
      readdirSync(join(folder, 'public'))
        .map((name) => read('public', name))
        .join(),
  ).not.toContain(token);
});

test('leaves what is there, and makes what is missing', async () => {
  await run();
  const before = [read('log', 'key.pem'), read('control', 'key.pem'), read('public', 'policy.txt')];
  expect((await run()).output).toContain('all was there\n');
  rmSync(join(folder, 'public'), { recursive: true });
  await run();
  expect([read('log', 'key.pem'), read('control', 'key.pem'), read('public', 'policy.txt')]).toEqual(before);
  rmSync(join(folder, 'control', 'key.pem'));
  expect((await run()).output).toContain('made: control/key.pem\n');
  expect(read('log', 'key.pem')).toBe(before[0]);
  expect(read('control', 'key.pem')).not.toBe(before[1]);
});

test.each([
  [['lottery.example/2027-01-06'], join('log', 'key.pem'), `log ${ORIGIN}`],
  [[ORIGIN, 'control.example/other'], join('control', 'key.pem'), `control ${CONTROL}`],
])('does not take a key for another name: %j', async ([origin, control], name, madeFor) => {
  await run();
  rmSync(join(folder, 'public'), { recursive: true });
  const { exit, output, errors } = await run(origin, control);
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toBe(
    `--out: ${name} holds the key that was made for the ${madeFor}; each name has a key of its own\n`,
  );
});

test('writes into folders that others have made, as volumes are', async () => {
  for (const name of ['log', 'control', 'public']) mkdirSync(join(folder, name), { recursive: true });
  chmodSync(join(folder, 'log'), 0o770);
  expect(await run()).toMatchObject({ exit: 0 });
  expect([modeOf('log'), modeOf('log', 'key.pem')]).toEqual([0o770, 0o600]);
});

test.each([
  [join('log', 'key.pem'), 'holds no signing key'],
  [join('control', 'token'), 'holds no token'],
])('ends with one line and exit 2 where %s is something else, and leaves it', async (name, why) => {
  await run();
  writeFileSync(join(folder, name), 'x');
  const { exit, output, errors } = await run();
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^--out: [^\n]+\n$/);
  expect(errors).toContain(`${name} ${why}`);
  expect(read(name)).toBe('x');
});

test('ends with one line and exit 1 where there can be no folder', async () => {
  writeFileSync(folder, '');
  const { exit, errors } = await run();
  expect(exit).toBe(1);
  expect(errors).toMatch(/^--out: the keys in [^\n]+\n$/);
});

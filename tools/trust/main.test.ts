import { readFileSync, statSync, writeFileSync } from 'node:fs';

import { signingKey } from '../../server/transparency/log_keys';
import { Stage } from '../../tests/support/programs';
import { noteSigner, openNote, parseVerifierKey, signedNote } from '../../transparency/notes/note';
import { parsePolicy } from '../../transparency/notes/policy';

const stage = new Stage();
afterAll(() => stage.close());

const ORIGIN = 'lottery.example/2026-12-22';

const run = async (...words: string[]) => {
  const program = stage.run('tools/trust/main.js', {}, words);
  return { exit: await program.exit, output: program.output, errors: program.errors };
};

/** The lines for a policy, which are the last ones. */
const policyIn = (output: string): Buffer => {
  const lines = output.slice(output.indexOf('for a policy')).split('\n').slice(1, -1);
  return Buffer.from(`${lines.map((line) => line.trim()).join('\n')}\n`);
};

test('makes a key for its owner alone, and prints what verifies its signatures', async () => {
  const file = stage.path('log-key.pem');
  const { exit, output, errors } = await run('--origin', ORIGIN, '--out', file);
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [, verifier = ''] = /^the verifier key: (\S+)$/m.exec(output)!;
  const signer = noteSigner(ORIGIN, signingKey(readFileSync(file, 'utf8')));
  const note = signedNote('text\n', signer.sign('text\n'));
  expect(openNote(note, [parseVerifierKey(verifier)]).verified).toHaveLength(1);
  expect(output).toContain(`RECEIPTS_ORIGIN = ${ORIGIN}\n`);
  expect(output).toContain(
    '(one line "quorum" alone: with a control, its two lines instead of "quorum none")',
  );
  expect(parsePolicy(policyIn(output))).toMatchObject({ logs: [{ verifierKey: verifier }], quorum: 'none' });
  expect((await run('--origin', ORIGIN, '--show', file)).output).toBe(output);
});

test('makes the key of one who cosigns', async () => {
  const file = stage.path('control-key.pem');
  const { output } = await run('--control', 'control.example/lottery', '--out', file);
  const [, verifier = ''] = /^ {2}witness control (\S+)$/m.exec(output)!;
  expect(parseVerifierKey(verifier)).toMatchObject({ name: 'control.example/lottery', type: 4 });
  expect(output).toContain('with no other line "quorum" (not "quorum none"):\n');
  const log = (await run('--origin', ORIGIN, '--out', stage.path('its-log.pem'))).output;
  const lines = policyIn(log).toString().replace('quorum none\n', policyIn(output).toString());
  expect(parsePolicy(Buffer.from(lines))).toMatchObject({ quorum: 'control' });
});

test('shows a key under the name alone that it was made for, and one of elsewhere under any', async () => {
  const file = stage.path('its-own.pem');
  await run('--origin', ORIGIN, '--out', file);
  for (const words of [
    ['--control', ORIGIN],
    ['--origin', 'lottery.example/2027-01-06'],
  ]) {
    const { exit, output, errors } = await run(...words, '--show', file);
    expect({ exit, output }).toEqual({ exit: 2, output: '' });
    expect(errors).toBe(
      `--show: ${file} holds the key that was made for the log ${ORIGIN}; each name has a key of its own\n`,
    );
  }
  const [, bare = ''] = readFileSync(file, 'utf8').split(/^(?=-----BEGIN)/m);
  writeFileSync(file, bare);
  expect(await run('--control', 'control.example/lottery', '--show', file)).toMatchObject({ exit: 0 });
});

test('replaces no key', async () => {
  const file = stage.path('there.pem');
  writeFileSync(file, 'something');
  expect(await run('--origin', ORIGIN, '--out', file)).toMatchObject({ exit: 2, output: '' });
  expect(readFileSync(file, 'utf8')).toBe('something');
});

test.each([
  [[]],
  [['--origin', ORIGIN]],
  [['--origin', 'a b', '--out', 'x.pem']],
  [['--origin', 'a+b', '--out', 'x.pem']],
  [['--origin', ORIGIN, '--control', 'c', '--show', 'x.pem']],
  [['--origin', ORIGIN, '--control', 'a b', '--out', 'x']],
  [['--origin', ORIGIN, '--control', ORIGIN, '--out', 'x']],
  [['--origin', ORIGIN, '--out', 'x.pem', '--show', 'y.pem']],
  [['--origin', ORIGIN, '--show', __filename]],
])('a mistake in usage is one line on stderr and exit 2: %j', async (words) => {
  const { exit, output, errors } = await run(...words);
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

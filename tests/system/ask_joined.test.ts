/** The console joined to a server: tokens, pipes, a terminal, a server that is gone. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DIST } from '../support/built';
import { ASK, ConsoleStage } from '../support/consoles';
import { httpPortOf } from '../support/programs';
import { describeUnless } from '../support/skipping';

const TOKEN = 'an-operator-token-of-a-test';
const AGENCY_TOKEN = 'an-agency-token-of-a-test';

let stage = new ConsoleStage();
beforeEach(() => void (stage = new ConsoleStage()));
afterEach(() => stage.close());

async function startJoined(settings: Readonly<Record<string, string>> = {}) {
  const { server } = await stage.startServer({ HTTP_PORT: '0', AGENCIES: '2', ...settings });
  return { server, url: `http://127.0.0.1:${await httpPortOf(server)}` };
}

test('it asks and goes; the server stays', async () => {
  const { url } = await startJoined();
  expect(await stage.ask(['--at', url], ['draw'])).toEqual({
    exit: 0,
    output: 'awaited: number 7574 will win; 2 agencies in all\n',
    errors: `joined ${url}: 0 bets, 0 notes, 0 of 2 agencies finished, not drawn\n`,
  });
  const again = await stage.ask(['--at', url], ['agency 3', 'draw', 'log']);
  expect([again.exit, again.output]).toEqual([1, 'awaited: number 7574 will win; 2 agencies in all\n']);
  expect(again.errors).toMatch(
    /\nline 1: unknown-agency \(404\): [^\n]+\nline 3: a server that was joined does not tell its audit log; [^\n]+\n$/,
  );
});

test('tokens open what is theirs', async () => {
  const tokens = stage.path('tokens.ini');
  writeFileSync(tokens, `operator = ${TOKEN}\n1 = ${AGENCY_TOKEN}\n`, { mode: 0o600 });
  const { url } = await startJoined({ HTTP_TOKENS_FILE: tokens });
  const nobody = await stage.ask(['--at', url], ['set a b']);
  expect(nobody.exit).toBe(1);
  expect(nobody.errors).toMatch(
    /\nline 1: unauthorized \(401\): .*; --token-file names a file that holds it, or --cert and --key those of a certificate\n$/,
  );
  expect(await stage.ask(['--at', url], ['set a b'], { ASK_TOKEN: TOKEN })).toMatchObject({ exit: 0 });
  const file = stage.path('token');
  writeFileSync(file, `${AGENCY_TOKEN}\n`);
  const agency = await stage.ask(
    ['--at', url, '--token-file', file, '--agency', '1'],
    ['set a mine', 'get a', 'get /notes/a'],
  );
  expect(agency).toMatchObject({ exit: 0, output: 'a: stored, new, 4 bytes\nmine\nb\n' });
  for (const { errors } of [nobody, agency]) expect(errors).not.toContain('-token-of-a-test');
});

test('a value of any bytes comes out of a pipe as it is', async () => {
  const { url } = await startJoined();
  const value = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 31) % 256));
  expect((await fetch(`${url}/notes/a`, { method: 'PUT', body: value })).status).toBe(201);
  const file = stage.path('value');
  const { status } = spawnSync('sh', [
    '-c',
    `echo 'get a' | "$0" "$1" --at "$2" > "$3"`,
    process.execPath,
    join(DIST, ASK),
    url,
    file,
  ]);
  expect(status).toBe(0);
  const whole = Buffer.concat([value, Buffer.from('\n')]);
  expect(readFileSync(file).equals(whole)).toBe(true);
  const piped = spawnSync(process.execPath, [join(DIST, ASK), '--at', url], { input: 'get a\n' });
  expect(piped.stdout.equals(whole)).toBe(true);
});

test('a server that is gone is told in one line', async () => {
  const { server, url } = await startJoined();
  const console = stage.startConsole(['--at', url]);
  console.write('set a b\n');
  await console.untilOutput(/a: stored/);
  server.signal('SIGKILL');
  await server.exit;
  console.write('get a\n');
  console.endInput();
  expect(await console.exit).toBe(1);
  expect(console.errors).toMatch(/\nline 2: no answer from http:[^\n]+ECONNREFUSED[^\n]+\n$/);
  const after = await stage.ask(['--at', url], ['get a']);
  expect(after).toMatchObject({ exit: 1, output: '' });
  expect(after.errors).toMatch(/^no answer from [^\n]+\n$/);
});

test.each([[['--att', 'x']], [['--at', 'nowhere']], [['--clients', '1001']], [['draw']]])(
  '%j is a mistake on the command line',
  async (words) => {
    const { exit, output, errors } = await stage.ask(words, []);
    expect({ exit, output }).toEqual({ exit: 2, output: '' });
    expect(errors).toMatch(/^[^\n]+\n$/);
  },
);

test('a reader that has enough ends it', async () => {
  const { url } = await startJoined();
  const console = spawn(process.execPath, [join(DIST, ASK), '--at', url], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => console.once('exit', resolve));
  console.stdin.on('error', () => undefined);
  console.stdout.once('data', () => {
    console.stdout.destroy();
    console.stdin.write('help\n'.repeat(100));
  });
  console.stdin.write('help\n');
  expect(await ended).toBe(1);
});

/** That of util-linux tells its version; others take other arguments. */
const SCRIPT_ABSENCE =
  spawnSync('script', ['--version']).status === 0
    ? undefined
    : 'no program `script` of util-linux; install bsdutils';

describeUnless(SCRIPT_ABSENCE)('at a terminal', () => {
  test('clients, completion, history, control characters, the end', async () => {
    const { url } = await startJoined();
    await fetch(`${url}/notes/escapes`, { method: 'PUT', body: '\u001b[2J' });
    const command = `'${process.execPath}' '${join(DIST, ASK)}' --at ${url}`;
    const script = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: 'pipe',
      env: { ...process.env, TERM: 'xterm' },
    });
    let shown = '';
    let look: () => void = () => undefined;
    script.stdout.on('data', (bytes: Buffer) => {
      shown += bytes.toString();
      look();
    });
    const ended = new Promise((resolve) => script.once('exit', resolve));
    const until = (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (!pattern.test(shown)) return;
          shown = '';
          look = () => undefined;
          resolve();
        };
        look();
      });
    await until(/how many clients are to play, 0 to 1000 \(0 for none\)\? /);
    script.stdin.write('20\r');
    await until(/20 of 20 clients agreed: [^]*lottery> /);
    script.stdin.write('get esc\t');
    await until(/get escapes/);
    script.stdin.write('\r');
    await until(/\n\\u\{1b\}\[2J\r?\n[^]*lottery> /);
    script.stdin.write('\u001b[A\r');
    await until(/\n\\u\{1b\}\[2J\r?\n[^]*lottery> /);
    script.stdin.write('exit\r');
    expect(await ended).toBe(0);
  });
});

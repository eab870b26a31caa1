/** The console with real servers: its own and one that it joins; what it keeps, how it ends, a terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DIST } from '../support/built';
import { expectStopInTime, httpPortOf, Program, Stage } from '../support/programs';
import { describeUnless } from '../support/skipping';

const ASK = 'tools/ask/main.js';
const TOKEN = 'an-operator-token-of-a-test';
const AGENCY_TOKEN = 'an-agency-token-of-a-test';
const BET = 'Renata Isabel,Ibáñez,31204458,1987-03-17,7574';

let stage = new Stage();
beforeEach(() => void (stage = new Stage()));
afterEach(() => stage.close());

/** Starts a console; its commands are written to it. */
function startConsole(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
  return stage.run(ASK, environment, words, 'piped');
}

/** A console's own server, in a folder of the test. */
const own = (): string[] => ['--folder', stage.path('ask')];

/** Runs a console on some commands, to its end. */
async function ask(
  words: readonly string[],
  commands: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly exit: number | string; readonly output: string; readonly errors: string }> {
  const program = startConsole(words, environment);
  program.write(commands.map((command) => `${command}\n`).join(''));
  program.endInput();
  const exit = await program.exit;
  return { exit, output: program.output, errors: program.errors };
}

async function startJoined(settings: Readonly<Record<string, string>> = {}) {
  const { server } = await stage.startServer({ HTTP_PORT: '0', AGENCIES: '2', ...settings });
  return { server, url: `http://127.0.0.1:${await httpPortOf(server)}` };
}

describe('with a server of its own', () => {
  test('what it holds is there again, and told', async () => {
    const first = await ask(own(), ['set greeting "Hello there"', `bet 1 ${BET}`, 'exit', 'set never x']);
    expect(first).toEqual({
      exit: 0,
      output: 'greeting: stored, new, 11 bytes\nagency 1: bet 1 is stored, in batch 1\n',
      errors: expect.stringMatching(
        /^a server at http:\/\/127\.0\.0\.1:\d+\/ on a new ledger in \S+ask\n$/,
      ) as string,
    });
    const second = await ask(own(), ['get greeting', 'agency 1', 'log 3']);
    expect(second.exit).toBe(0);
    expect(second.errors).toMatch(
      / on the ledger in \S+ask, found again: 1 bet, 1 note, 0 of 5 agencies finished, not drawn\n$/,
    );
    expect(second.output).toBe(
      'Hello there\n' +
        'agency 1: 1 bet in 1 batch; last batch 1, last bet 1; selling\n' +
        'GET,/notes,200,ask\nGET,/notes/greeting,200,ask\nGET,/agencies/1,200,ask\n',
    );
    const verify = stage.run('tools/audit/main.js', { DATA_DIR: join(stage.path('ask'), 'ledger') }, [
      '--verify',
    ]);
    expect(await verify.exit).toBe(0);
    expect(verify.output).toMatch(/^the log and the ledger agree: .* 1 batch with 1 bet, .*; 1 note\n$/);
  });

  test('a whole lottery, whose settings are kept', async () => {
    const file = stage.path('batch.csv');
    writeFileSync(file, `1,Eva,Sol,28111222,1979-11-02,7574\n2,Leo,Sol,28111223,1979-11-02,1\n`);
    const commands = [
      `bet 1 ${BET}`,
      `batch 2 1 ${file}`,
      `batch 2 1 ${file}`,
      'draw',
      'finish 1',
      'finish 2',
    ];
    const first = await ask(own(), [...commands, 'winners 1 60', 'draw', `bet 1 ${BET}`], { AGENCIES: '2' });
    expect(first.output.split('\n')).toEqual([
      'agency 1: bet 1 is stored, in batch 1',
      'agency 2: batch 1 with 2 bets is stored',
      'agency 2: batch 1 with 2 bets was stored before',
      'awaited: number 7574 will win; 2 agencies in all',
      'agency 1: finished',
      'agency 2: finished',
      'agency 1: 1 winner',
      '31204458',
      'drawn: number 7574 won among 3 bets; 2 winners (agency 1: 1, agency 2: 1)',
      '',
    ]);
    expect(first.exit).toBe(1);
    expect(first.errors).toMatch(/\nline 9: closed \(410\): [^\n]+\n$/);
    const second = await ask(own(), ['winners 2']);
    expect(second).toMatchObject({ exit: 0, output: 'agency 2: 1 winner\n28111222\n' });
    expect(second.errors).toMatch(
      /2 of 2 agencies finished, the draw is decided\nremove \S+ask to begin a new lottery\n$/,
    );
  });

  test('the end of a long audit log', async () => {
    const sets = Array.from({ length: 150 }, (_, index) => `set note-${index} x`);
    const { exit, output } = await ask(own(), [...sets, 'log 120']);
    const told = output.trimEnd().split('\n').slice(sets.length);
    expect([exit, told]).toEqual([
      0,
      Array.from({ length: 120 }, (_, index) => `PUT,/notes/note-${index + 30},201,ask`),
    ]);
  });

  test('clients play, and leave nothing', async () => {
    const { exit, output, errors } = await ask([...own(), '--clients', '200'], ['get /notes', 'clients 3']);
    const [played, notes, ...more] = output.split('\n');
    expect(played).toMatch(
      /^200 of 200 clients agreed: \d+ requests in [\d.]+ s \([\d,]+ requests\/s\), 100 clients/,
    );
    expect(notes).toBe('{"notes":[],"next":null}');
    expect(more[0]).toMatch(/^3 of 3 clients agreed: /);
    expect([exit, errors.replace(/^\d+ of 200 clients have played.*\n/gm, '')]).toEqual([
      0,
      expect.stringMatching(/^a server at [^\n]+\n$/),
    ]);
  });

  test('a server that is killed is told in one line, and what was answered is there again', async () => {
    const console = startConsole(own());
    console.write('set a kept\n');
    await console.untilOutput(/a: stored/);
    process.kill(childOf(console), 'SIGKILL');
    expect(await console.exit).toBe(1);
    expect(console.errors).toMatch(
      /^a server at [^\n]+\nthe server failed \(SIGKILL\): it gave no reason; its log: \S+server\.log\n$/,
    );
    expect((await ask(own(), ['get a'])).output).toBe('kept\n');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends both in time', async (signal) => {
    const console = startConsole(own());
    console.write('set a b\n');
    await console.untilOutput(/a: stored/);
    await expectStopInTime(console, signal);
    expect(await console.exit).toBe(0);
    // Nobody has the ledger any more.
    expect((await ask(own(), ['get a'])).output).toBe('b\n');
  });

  test('its server ends when the console is killed', async () => {
    const console = startConsole(own());
    console.write('set a b\n');
    await console.untilOutput(/a: stored/);
    const server = childOf(console);
    console.signal('SIGKILL');
    await console.exit;
    while (isRunning(server)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await ask(own(), ['get a'])).output).toBe('b\n');
  });

  test('wrong settings of the environment are told, and nothing is made', async () => {
    const { exit, errors } = await ask(own(), ['draw'], { AGENCIES: 'x' });
    expect(exit).toBe(2);
    expect(errors).toBe('AGENCIES: "x" is wrong; allowed is a whole number from 1 to 1000000\n');
    expect(existsSync(stage.path('ask'))).toBe(false);
  });

  test('a long log is put aside', async () => {
    const folder = stage.path('ask');
    mkdirSync(folder);
    writeFileSync(join(folder, 'server.log'), Buffer.alloc(1024 * 1024 + 1, 'x'));
    expect((await ask(own(), ['draw'])).exit).toBe(0);
    expect(statSync(join(folder, 'server.log.before')).size).toBe(1024 * 1024 + 1);
    expect(readFileSync(join(folder, 'server.log'), 'utf8')).toMatch(/^[^x][^]*action: shutdown/);
  });

  test('a second console on the same ledger is refused', async () => {
    const first = startConsole(own());
    first.write('set a b\n');
    await first.untilOutput(/a: stored/);
    const second = await ask(own(), ['get a']);
    expect(second).toMatchObject({ exit: 1, output: '' });
    expect(second.errors).toMatch(
      /^the server failed \(exit code 1\): another server uses the ledger in [^\n]+\n$/,
    );
    first.write('get a\n');
    first.endInput();
    expect(await first.exit).toBe(0);
    expect(first.output).toBe('a: stored, new, 1 byte\nb\n');
  });
});

describe('joined to a server', () => {
  test('it asks and goes; the server stays', async () => {
    const { url } = await startJoined();
    expect(await ask(['--at', url], ['draw'])).toEqual({
      exit: 0,
      output: 'awaited: number 7574 will win; 2 agencies in all\n',
      errors: `joined ${url}: 0 bets, 0 notes, 0 of 2 agencies finished, not drawn\n`,
    });
    const again = await ask(['--at', url], ['agency 3', 'draw', 'log']);
    expect([again.exit, again.output]).toEqual([1, 'awaited: number 7574 will win; 2 agencies in all\n']);
    expect(again.errors).toMatch(
      /\nline 1: unknown-agency \(404\): [^\n]+\nline 3: a server that was joined does not tell its audit log; [^\n]+\n$/,
    );
  });

  test('tokens open what is theirs', async () => {
    const tokens = stage.path('tokens.ini');
    writeFileSync(tokens, `operator = ${TOKEN}\n1 = ${AGENCY_TOKEN}\n`, { mode: 0o600 });
    const { url } = await startJoined({ HTTP_TOKENS_FILE: tokens });
    const nobody = await ask(['--at', url], ['set a b']);
    expect(nobody.exit).toBe(1);
    expect(nobody.errors).toMatch(
      /\nline 1: unauthorized \(401\): .*; --token-file names a file that holds it\n$/,
    );
    expect(await ask(['--at', url], ['set a b'], { ASK_TOKEN: TOKEN })).toMatchObject({ exit: 0 });
    const file = stage.path('token');
    writeFileSync(file, `${AGENCY_TOKEN}\n`);
    const agency = await ask(
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
    const console = startConsole(['--at', url]);
    console.write('set a b\n');
    await console.untilOutput(/a: stored/);
    server.signal('SIGKILL');
    await server.exit;
    console.write('get a\n');
    console.endInput();
    expect(await console.exit).toBe(1);
    expect(console.errors).toMatch(/\nline 2: no answer from http:[^\n]+ECONNREFUSED[^\n]+\n$/);
    const after = await ask(['--at', url], ['get a']);
    expect(after).toMatchObject({ exit: 1, output: '' });
    expect(after.errors).toMatch(/^no answer from [^\n]+\n$/);
  });

  test.each([[['--att', 'x']], [['--at', 'nowhere']], [['--clients', '1001']], [['draw']]])(
    '%j is a mistake on the command line',
    async (words) => {
      const { exit, output, errors } = await ask(words, []);
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

/** The process that a program has started. */
function childOf(program: Program): number {
  const found = readdirSync('/proc').find((name) => parentOf(name) === program.processId);
  if (found === undefined) throw new Error('it has started no process');
  return Number(found);
}

function isRunning(processId: number): boolean {
  return existsSync(`/proc/${processId}`);
}

/** The parent of a process; `undefined` for what is none, or none any more. */
function parentOf(name: string): number | undefined {
  try {
    return Number(/^PPid:\t([0-9]+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

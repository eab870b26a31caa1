/** The console with a server of its own: what it keeps, a whole lottery, clients, how both end. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConsoleStage } from '../support/consoles';
import { expectStopInTime, Program } from '../support/programs';

const BET = 'Renata Isabel,Ibáñez,31204458,1987-03-17,7574';

let stage = new ConsoleStage();
beforeEach(() => void (stage = new ConsoleStage()));
afterEach(() => stage.close());

/** A console's own server, in a folder of the test. */
const own = (): string[] => ['--folder', stage.path('ask')];

test('what it holds is there again, and told', async () => {
  const first = await stage.ask(own(), ['set greeting "Hello there"', `bet 1 ${BET}`, 'exit', 'set never x']);
  expect(first).toEqual({
    exit: 0,
    output: 'greeting: stored, new, 11 bytes\nagency 1: bet 1 is stored, in batch 1\n',
    errors: expect.stringMatching(
      /^a server at http:\/\/127\.0\.0\.1:\d+\/ on a new ledger in \S+ask\n$/,
    ) as string,
  });
  const second = await stage.ask(own(), ['get greeting', 'agency 1', 'log 3']);
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
  const commands = [`bet 1 ${BET}`, `batch 2 1 ${file}`, `batch 2 1 ${file}`, 'draw', 'finish 1', 'finish 2'];
  const first = await stage.ask(own(), [...commands, 'winners 1 60', 'draw', `bet 1 ${BET}`], {
    AGENCIES: '2',
  });
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
  const second = await stage.ask(own(), ['winners 2']);
  expect(second).toMatchObject({ exit: 0, output: 'agency 2: 1 winner\n28111222\n' });
  expect(second.errors).toMatch(
    /2 of 2 agencies finished, the draw is decided\nremove \S+ask to begin a new lottery\n$/,
  );
});

test('the end of a long audit log', async () => {
  const sets = Array.from({ length: 150 }, (_, index) => `set note-${index} x`);
  const { exit, output } = await stage.ask(own(), [...sets, 'log 120']);
  const told = output.trimEnd().split('\n').slice(sets.length);
  expect([exit, told]).toEqual([
    0,
    Array.from({ length: 120 }, (_, index) => `PUT,/notes/note-${index + 30},201,ask`),
  ]);
});

test('clients play, and leave nothing', async () => {
  const { exit, output, errors } = await stage.ask(
    [...own(), '--clients', '200'],
    ['get /notes', 'clients 3'],
  );
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
  const console = stage.startConsole(own());
  console.write('set a kept\n');
  await console.untilOutput(/a: stored/);
  process.kill(childOf(console), 'SIGKILL');
  expect(await console.exit).toBe(1);
  expect(console.errors).toMatch(
    /^a server at [^\n]+\nthe server failed \(SIGKILL\): it gave no reason; its log: \S+server\.log\n$/,
  );
  expect((await stage.ask(own(), ['get a'])).output).toBe('kept\n');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends both in time', async (signal) => {
  const console = stage.startConsole(own());
  console.write('set a b\n');
  await console.untilOutput(/a: stored/);
  await expectStopInTime(console, signal);
  expect(await console.exit).toBe(0);
  // Nobody has the ledger any more.
  expect((await stage.ask(own(), ['get a'])).output).toBe('b\n');
});

test('its server ends when the console is killed', async () => {
  const console = stage.startConsole(own());
  console.write('set a b\n');
  await console.untilOutput(/a: stored/);
  const server = childOf(console);
  console.signal('SIGKILL');
  await console.exit;
  while (isRunning(server)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await stage.ask(own(), ['get a'])).output).toBe('b\n');
});

test('wrong settings of the environment are told, and nothing is made', async () => {
  const { exit, errors } = await stage.ask(own(), ['draw'], { AGENCIES: 'x' });
  expect(exit).toBe(2);
  expect(errors).toBe('AGENCIES: "x" is wrong; allowed is a whole number from 1 to 1000000\n');
  expect(existsSync(stage.path('ask'))).toBe(false);
});

test('a long log is put aside', async () => {
  const folder = stage.path('ask');
  mkdirSync(folder);
  writeFileSync(join(folder, 'server.log'), Buffer.alloc(1024 * 1024 + 1, 'x'));
  expect((await stage.ask(own(), ['draw'])).exit).toBe(0);
  expect(statSync(join(folder, 'server.log.before')).size).toBe(1024 * 1024 + 1);
  expect(readFileSync(join(folder, 'server.log'), 'utf8')).toMatch(/^[^x][^]*action: shutdown/);
});

test('a second console on the same ledger is refused', async () => {
  const first = stage.startConsole(own());
  first.write('set a b\n');
  await first.untilOutput(/a: stored/);
  const second = await stage.ask(own(), ['get a']);
  expect(second).toMatchObject({ exit: 1, output: '' });
  expect(second.errors).toMatch(
    /^the server failed \(exit code 1\): another server uses the ledger in [^\n]+\n$/,
  );
  first.write('get a\n');
  first.endInput();
  expect(await first.exit).toBe(0);
  expect(first.output).toBe('a: stored, new, 1 byte\nb\n');
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

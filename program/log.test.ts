import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { DIST } from '../tests/support/built';
import { slackMs } from '../tests/support/machine';
import { textOfEvent } from './log';

const LOG = join(DIST, 'program/log');
/** More than a pipe holds. */
const MANY = 5_000;
const CLOSE_TIMEOUT_MS = 200;

/** Runs a program with a log, `log`, of the given level and format; its lines. */
async function linesOf(body: string, level = 'DEBUG', format = 'text'): Promise<string[]> {
  const source = `
    const log = require(process.argv[1]).openLog(process.argv[2], process.argv[3]);
    (async () => { ${body}; await log.close(); process.exit(0); })();
  `;
  const program = spawn(process.execPath, ['-e', source, LOG, level, format], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let stderr = '';
  program.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  program.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(program, 'close')) as [number];
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return text.split('\n').slice(0, -1);
}

describe('the text form', () => {
  test('is a time, a level and the event', async () => {
    const lines = await linesOf(`
      log.debug('a', 'success');
      log.info('b', 'in_progress', { count: 2, isTrue: true, text: 'x y' });
      log.warning('c', 'fail');
      log.error('d', 'fail', { error: 'no' })`);
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
    expect(lines.every((line) => time.test(line))).toBe(true);
    expect(lines.map((line) => line.replace(time, ''))).toEqual([
      'DEBUG    action: a | result: success',
      'INFO     action: b | result: in_progress | count: 2 | isTrue: true | text: x y',
      'WARNING  action: c | result: fail',
      'ERROR    action: d | result: fail | error: no',
    ]);
  });

  test('is one line an event, whatever the values hold', () => {
    const event = textOfEvent({ action: 'a', result: 'fail', error: 'a | b\r\n\tc||d\n' });
    expect(event).toBe('action: a | result: fail | error: a / b c//d ');
  });

  test.each(['\u2028', '\u2029', '\u0085', '\v', '\f', '\u001b'])('holds no %j', (character) => {
    expect(textOfEvent({ error: `a${character}b` })).not.toContain(character);
  });
});

test('the JSON form is an object a line', async () => {
  const lines = await linesOf(`log.warning('c', 'fail', { count: 2, text: 'a | b\\nc' })`, 'INFO', 'json');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      time: expect.stringMatching(/Z$/) as string,
      level: 'WARNING',
      action: 'c',
      result: 'fail',
      count: 2,
      text: 'a | b\nc',
    },
  ]);
});

test.each([
  ['DEBUG', 'debug info warning error'],
  ['INFO', 'info warning error'],
  ['WARNING', 'warning error'],
  ['ERROR', 'error'],
  ['CRITICAL', ''],
])('the level %s lets through: %s', async (level, through) => {
  const all = `for (const name of ['debug', 'info', 'warning', 'error']) log[name](name, 'success')`;
  const actions = (await linesOf(all, level, 'json')).map(
    (line) => (JSON.parse(line) as { action: string }).action,
  );
  expect(actions.join(' ')).toBe(through);
});

test('close writes what is not written yet', async () => {
  const lines = await linesOf(`for (let i = 0; i < ${MANY}; i++) log.info('a', 'success', { i })`);
  expect(lines).toHaveLength(MANY);
  expect(lines.at(-1)).toMatch(`i: ${MANY - 1}`);
});

test('a reader that has gone does no harm', async () => {
  const source = `
    const log = require(process.argv[1]).openLog('INFO', 'text');
    const timer = setInterval(() => log.info('a', 'success'), 5);
    setTimeout(async () => { clearInterval(timer); await log.close(); process.exit(7); }, 200);
  `;
  const program = spawn(process.execPath, ['-e', source, LOG], { stdio: ['ignore', 'pipe', 'inherit'] });
  program.stdout.destroy();
  const [code] = (await once(program, 'close')) as [number];
  expect(code).toBe(7);
});

describe('a reader that takes nothing', () => {
  /** Logs more than a pipe holds to a reader that stands still, then closes and leaves; what became of it. */
  async function run(): Promise<{ closedAfterMs: number; exited: string; boundMs: number }> {
    const source = `
      const log = require(process.argv[1]).openLog('INFO', 'text');
      for (let i = 0; i < ${MANY}; i++) log.info('a', 'success', { text: 'x'.repeat(100) });
      setTimeout(async () => {
        const start = performance.now();
        await log.close();
        process.stderr.write(String(performance.now() - start));
        process.exit(0);
      }, 100);
    `;
    const boundMs = CLOSE_TIMEOUT_MS + (await slackMs());
    const program = spawn(process.execPath, ['-e', source, LOG], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [closed] = (await once(program.stderr, 'data')) as [Buffer];
    const exit = once(program, 'exit').then(([code]) => `with ${String(code)}`);
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('never'), boundMs));
    const exited = await Promise.race([exit, late]);
    program.kill('SIGKILL');
    return { closedAfterMs: Number(closed.toString()), exited, boundMs };
  }

  test('is not waited for when the log is closed', async () => {
    const { closedAfterMs, boundMs } = await run();
    expect(closedAfterMs).toBeLessThan(boundMs);
  });

  test('does not keep the program from ending', async () => {
    expect((await run()).exited).toBe('with 0');
  });
});

test('close may be called again, and an event may come late', async () => {
  await linesOf(`await log.close(); log.info('late', 'success')`);
});

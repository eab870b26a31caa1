/** The whole: the compiled starter, server and agencies, each in its own process, on a few bets. */
import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../free_port';
import { DIST, ROOT } from '../../tests/support/built';
import type { StartCommand } from './arguments';

const BET = 'Ana,Paz,30904465,1999-03-17,';
const MANY_BETS = 400_000;
const END_TIMEOUT_MS = 5_000;

let folder: string;
let starters: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lottery-'));
  mkdirSync(join(folder, 'data'));
  starters = [];
});
afterEach(() => {
  for (const starter of starters) starter.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

/** What main.ts does, in folders of the test. */
const VERIFIER = join(ROOT, 'verifier', 'verify.mjs');
const PROGRAM = `
  const { startLottery } = require(${JSON.stringify(join(DIST, 'tools/start/lottery'))});
  const { runProgram } = require(${JSON.stringify(join(DIST, 'program/exit'))});
  const { stopSignal } = require(${JSON.stringify(join(DIST, 'program/signals'))});
  const stop = stopSignal();
  const folders = { compiled: ${JSON.stringify(DIST)}, data: 'data', runs: 'runs', verifier: ${JSON.stringify(VERIFIER)} };
  runProgram(() => startLottery(folders, JSON.parse(process.argv[1]), stop));
`;

/** Agencies that sell what can be sold of their files. */
const LENIENT = { CLI_DATA_STRICT: 'false', CLI_DATA_MAXLEFTOUT: '1', CLI_DATA_MAYBEEMPTY: 'true' };

interface Started {
  readonly starter: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** The exit code, or the signal. */
  readonly ended: Promise<unknown>;
}

function start(
  agencies: number,
  environment: Record<string, string> = {},
  options: Partial<StartCommand> = {},
): Started {
  const command: StartCommand = { agencies, bets: undefined, stays: false, isProved: false, ...options };
  const starter = spawn(process.execPath, ['-e', PROGRAM, JSON.stringify(command)], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  starters.push(starter);
  let output = '';
  let errors = '';
  starter.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  starter.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(starter, 'close').then(([code, signal]: unknown[]) => code ?? signal);
  return { starter, output: () => output, errors: () => errors, ended };
}

function put(agency: number, text: string): void {
  writeFileSync(join(folder, 'data', `agency-${agency}.csv`), text);
}

function runFile(name: string): string {
  const [run] = readdirSync(join(folder, 'runs'));
  return join(folder, 'runs', run ?? '', name);
}

/**
 * Looks again and again: these are other processes, that tell nothing to this one.
 *
 * @param told what an error is to tell beside
 */
async function until(isSo: () => boolean, timeoutMs: number, told: () => string): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`it has not come about in time: ${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The processes that have the run's folder in their environment. */
function childrenLeft(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((id) => isChildOfRun(id));
}

function isChildOfRun(processId: number): boolean {
  try {
    return (
      readFileSync(`/proc/${processId}/environ`, 'utf8').includes(`LOTTERY_TEST=${folder}`) &&
      !starters.some(({ pid }) => pid === processId)
    );
  } catch {
    return false;
  }
}

describe('a run to its end', () => {
  test('stores every bet, lists the winners and ends with 0', async () => {
    put(1, `${`${BET}1\n`.repeat(999)}${BET}7574\n`);
    put(2, `${BET}1\nno bet\n`);
    put(3, '');
    const run = start(3, LENIENT);
    expect(`${String(await run.ended)} ${run.errors().split('\n').at(-2)!}`).toMatch(
      /^0 agency 2: 1 row was left out: runs\/\S+$/,
    );
    expect(run.output()).toMatch(/^ +1 +1,000 +0 +1 +[0-9.]+ s$/m);
    expect(run.output()).toMatch(/^ +2 +1 +1 +0 +[0-9.]+ s$/m);
    expect(run.output()).toMatch(/^ +3 +0 +0 +0 +[0-9.]+ s$/m);
    expect(run.output()).toMatch(/^ +total +1,001 +1 +1$/m);
    expect(`${run.output()}${run.errors()}`).not.toContain('30904465');
    expect(readFileSync(runFile('winners-agency-1.txt'), 'utf8')).toBe('30904465\n');
    expect(existsSync(runFile(join('ledger', 'lottery.db')))).toBe(true);
    expect(readFileSync(runFile('server.log'), 'utf8')).toContain('action: shutdown | result: success');
    expect(readFileSync(runFile('agency-2.log'), 'utf8')).toContain('action: leave_out_row');
    expect(readFileSync(runFile('rejected-agency-2.csv'), 'utf8')).toMatch(
      /^file,.*\n.*,2,2,row,.*,no bet\n$/,
    );
  });

  test('is checked for each agency by a program that shares no code with the server', async () => {
    const { output, errors, ended } = start(2, {}, { bets: 500, isProved: true });
    expect({ exit: await ended, errors: errors() }).toMatchObject({ exit: 0 });
    expect(output()).toMatch(/^bets +agency 1: .* each is yours, and none is too many; none missing/m);
    for (const agency of [1, 2]) expect(output()).toMatch(new RegExp(`^agency ${agency}: VERIFIED`, 'm'));
    const commands = output().match(/^ {2}npm run verify -- (.*\\\n)*.*$/gm) ?? [];
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const again = spawnSync('sh', ['-c', command], { cwd: ROOT, encoding: 'utf8' });
      expect(again).toMatchObject({ status: 0, stdout: expect.stringMatching(/^VERIFIED/m) as string });
    }
    expect(output().endsWith(`\n${commands.at(-1)!}\n`)).toBe(true);
  });

  test('does not depend on how the log is set', async () => {
    put(1, `${BET}1\n`);
    expect(await start(1, { LOGGING_LEVEL: 'ERROR', LOG_FORMAT: 'json', DATA_DIR: 'x' }).ended).toBe(0);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});

describe('a run that fails', () => {
  beforeEach(() => put(1, `${BET}1\n`));

  test('because of an agency lets the others sell, and tells what was sold and why there is no draw', async () => {
    put(2, `${BET}1\nno bet\n`);
    put(3, `${BET}1\n`.repeat(20_000));
    const run = start(3);
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/^ +1 +1 +0 +no draw /m);
    expect(run.output()).toMatch(/^ +2 +0 +\d +failed /m);
    expect(run.output()).toMatch(/^ +3 +20,000 +0 +no draw /m);
    expect(run.output()).toMatch(/^ +total +20,001 /m);
    expect(run.errors()).toMatch(
      /\nagency 2 failed \(exit code 1\): .*; its log: runs\/\S+\/agency-2\.log\n/,
    );
    expect(readFileSync(runFile('agency-2.log'), 'utf8')).toMatch(/leave_out_row /);
    expect(readFileSync(runFile('server.log'), 'utf8')).toContain('action: shutdown | result: success');
  });

  test('because of the server names it', async () => {
    const run = start(1, { LOTTERY_WINNER_NUMBER: '10000' });
    expect(await run.ended).toBe(1);
    expect(run.errors()).toMatch(
      /\nthe server failed \(exit code 2\): .*LOTTERY_WINNER_NUMBER.*server\.log\n$/,
    );
  });

  test('because something else has the name of a file starts nothing', async () => {
    mkdirSync(join(folder, 'data', 'agency-2.csv', 'kept'), { recursive: true });
    const run = start(2);
    expect(await run.ended).toBe(1);
    expect(run.errors()).toBe('data/agency-2.csv is a folder that is not empty, not a file\n');
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });
});

describe('bets that are made for the run', () => {
  test('are those of the missing files alone, and nothing is added to the data', async () => {
    put(1, `${BET}1\n`);
    mkdirSync(join(folder, 'data', 'agency-3.csv'));
    const run = start(3);
    expect(await run.ended).toBe(0);
    expect(run.errors()).toContain('\nagency-2.csv and 1 more are not in data: making them in runs/');
    expect(run.output()).toMatch(/^ +1 +1 +0 +0 /m);
    expect(readdirSync(join(folder, 'data')).sort()).toEqual(['agency-1.csv', 'agency-3.csv']);
    expect(readdirSync(runFile('data')).sort()).toEqual(['agency-2.csv', 'agency-3.csv']);
  });

  test('are as many as are asked for, whatever lies in the data', async () => {
    put(1, `${BET}1\n`);
    const run = start(2, { LOTTERY_WINNER_NUMBER: '12' }, { bets: 3_000 });
    expect(await run.ended).toBe(0);
    expect(run.output()).toMatch(/^ +total +3,000 +0 +[1-9]\d*$/m);
    expect(run.output()).not.toContain('to watch a longer one');
    expect(readdirSync(runFile('data')).sort()).toEqual(['agency-1.csv', 'agency-2.csv']);
  });

  test('and are not there when the run was stopped before', async () => {
    const run = start(2, {}, { bets: 100_000_000 });
    await until(() => run.errors().includes('making'), END_TIMEOUT_MS, run.errors);
    run.starter.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.errors()).toMatch(/\nstopped by SIGINT while bets were being made; nothing was sent\n$/);
    expect(existsSync(runFile('data'))).toBe(false);
  });
});

describe('a server that stays', () => {
  test('can be watched and asked after the draw, on the ports that are set, until it is stopped', async () => {
    put(1, `${BET}7574\n`);
    const ports = { SERVER_PORT: String(await freePort()), HTTP_PORT: String(await freePort()) };
    const run = start(1, ports, { stays: true });
    await until(() => run.errors().includes('the server stays'), 4 * END_TIMEOUT_MS, run.errors);
    expect(run.output()).toMatch(/^ +1 +1 +0 +1 /m);
    const page = `http://127.0.0.1:${ports.HTTP_PORT}/`;
    expect(run.errors()).toMatch(
      new RegExp(
        `\nthe server stays at 127\\.0\\.0\\.1:${ports.SERVER_PORT}, its page is ${page}; Ctrl-C ends it\n$`,
      ),
    );
    expect((await fetch(page)).status).toBe(200);
    run.starter.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.errors()).toMatch(
      /\nstopped by SIGINT; 1 bet was acknowledged and lie in runs\/\S+\/ledger\/lottery\.db\n$/,
    );
    await expect(fetch(page)).rejects.toThrow();
  });
});

// Only Linux tells which processes are left of a run.
(process.platform === 'linux' ? describe : describe.skip)('a run that is cut short', () => {
  let run: Started;
  beforeEach(async () => {
    for (const agency of [1, 2]) put(agency, `${BET}1\n`.repeat(MANY_BETS));
    run = start(2, { LOTTERY_TEST: folder });
    const told = (): string =>
      `${childrenLeft().length} processes; ${run.errors()}; code ${run.starter.exitCode}`;
    await until(() => childrenLeft().length === 3, 4 * END_TIMEOUT_MS, told);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('by %s ends with 0 and leaves no process', async (signal) => {
    run.starter.kill(signal);
    expect(await run.ended).toBe(0);
    expect(run.errors()).toMatch(
      new RegExp(
        `\nstopped by ${signal} before the draw; (no bet was acknowledged; the logs|[\\d,]+ bets were acknowledged and) lie in runs/`,
      ),
    );
    expect(childrenLeft()).toEqual([]);
  });

  test('because the starter was killed leaves no process', async () => {
    run.starter.kill('SIGKILL');
    await run.ended;
    await until(
      () => childrenLeft().length === 0,
      END_TIMEOUT_MS,
      () => childrenLeft().join(),
    );
  });

  test('because an agency was killed ends with 1', async () => {
    const [child] = childrenLeft().slice(-1);
    process.kill(child!, 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.errors()).toMatch(
      /\n(agency [12]|the server) failed \(SIGKILL\): it gave no reason; its log: .*\n$/,
    );
    expect(childrenLeft()).toEqual([]);
  });
});

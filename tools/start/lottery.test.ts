/** The whole: the compiled starter, server and agencies, each in its own process, on a few bets. */
import { ChildProcess, spawn } from 'node:child_process';
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

import { DIST } from '../../tests/support/built';

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
const PROGRAM = `
  const { startLottery } = require(${JSON.stringify(join(DIST, 'tools/start/lottery'))});
  const { runProgram } = require(${JSON.stringify(join(DIST, 'program/exit'))});
  const { stopSignal } = require(${JSON.stringify(join(DIST, 'program/signals'))});
  const stop = stopSignal();
  const folders = { compiled: ${JSON.stringify(DIST)}, data: 'data', runs: 'runs' };
  runProgram(() => startLottery(folders, Number(process.argv[1]), stop));
`;

interface Started {
  readonly starter: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** The exit code, or the signal. */
  readonly ended: Promise<unknown>;
}

function start(agencies: number, environment: Record<string, string> = {}): Started {
  const starter = spawn(process.execPath, ['-e', PROGRAM, String(agencies)], {
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
    const run = start(3, { CLI_DATA_STRICT: 'false', CLI_DATA_MAXLEFTOUT: '1', CLI_DATA_MAYBEEMPTY: 'true' });
    expect(await run.ended).toBe(0);
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

  test('does not depend on how the log is set', async () => {
    put(1, `${BET}1\n`);
    expect(await start(1, { LOGGING_LEVEL: 'ERROR', LOG_FORMAT: 'json', DATA_DIR: 'x' }).ended).toBe(0);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});

describe('a run that fails', () => {
  beforeEach(() => put(1, `${BET}1\n`));

  test('because of an agency names it, with what it said last and where its log lies', async () => {
    put(2, `${BET}1\nno bet\n`);
    const run = start(2);
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe('');
    expect(run.errors()).toMatch(
      /\nagency 2 failed \(exit code 1\): .* cannot be sent.*; its log: runs\/\S+\/agency-2\.log\n$/,
    );
    expect(readFileSync(runFile('agency-2.log'), 'utf8')).toContain('cannot be sent');
  });

  test('because of the server names it', async () => {
    const run = start(1, { LOTTERY_WINNER_NUMBER: '10000' });
    expect(await run.ended).toBe(1);
    expect(run.errors()).toMatch(
      /\nthe server failed \(exit code 2\): .*LOTTERY_WINNER_NUMBER.*server\.log\n$/,
    );
  });

  test('because there are fewer files than agencies starts nothing', async () => {
    const run = start(2);
    expect(await run.ended).toBe(2);
    expect(run.errors()).toMatch(/^data\/agency-2\.csv is missing; `npm run data -- --agencies 2` .*\n$/);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
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
    expect(run.errors()).toContain(`stopped by ${signal}\n`);
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

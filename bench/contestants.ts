/** The servers that are measured side by side. */
import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { OperationError } from '../program/exit';
import { httpAddressIn, tcpPortIn, tlsPortIn } from '../tools/server_log';
import { WireName } from './load/wires';
import { watchServer } from './watching';

const COMPILED = join(__dirname, '..');
/** How many agencies there are; the load has a connection for each. */
export const AGENCIES = 5;

/** A server that runs. */
export interface RunningServer {
  readonly port: number;
  readonly processId: number;
  /** The port of its HTTP door, if it was started with one. */
  readonly httpPort?: number | undefined;
  /** The port of its TLS door, if it was started with one. */
  readonly tlsPort?: number | undefined;
  /** With it, `port` is one for TLS: the folder of an agency's certificates, as `npm run certificates` makes it. */
  readonly certificates?: string;
  /** Stops it; what it has stored stays. */
  stop(): Promise<void>;
}

/** A way to take bets in. */
export interface Contestant {
  readonly name: string;
  /** What an answer of it promises, in a few words. */
  readonly promise: string;
  /** Starts it over a folder: what an earlier one has left there is there again. */
  start(folder: string): Promise<RunningServer>;
  /** How it is spoken to; as the lottery if left out. */
  readonly wire?: WireName;
}

/** The lottery's server as it is shipped: default settings, its log written to a pipe. */
export const LOTTERY: Contestant = {
  name: 'lottery',
  promise: 'synced, no duplicates, every field checked',
  start: (folder) => startLottery(folder, {}),
};

/** The lottery's server with its HTTP door on, a page open and its metrics scraped. */
export const WATCHED: Contestant = {
  name: 'lottery, watched',
  promise: 'the same, with the page open and metrics scraped each second',
  start: async (folder) => {
    const server = await startLottery(folder, { HTTP_PORT: '0' });
    if (server.httpPort === undefined) throw new OperationError('the server has no HTTP door');
    const watcher = await watchServer(server.httpPort);
    return {
      ...server,
      stop: () => {
        watcher.stop();
        return server.stop();
      },
    };
  },
};

/** A plain log: the limit. */
export const PLAIN_LOG: Contestant = {
  name: 'plain log',
  promise: 'synced, every field checked',
  start: (folder) => startBare('plain_log', join(folder, 'bets.log')),
};

/** Receives, checks and answers. */
export const NULL_STORE: Contestant = {
  name: 'null store',
  promise: 'nothing kept, every field checked',
  start: () => startBare('null_store'),
};

/** SQLite, with a row for each bet. */
export const ROW_PER_BET: Contestant = {
  name: 'row for each bet',
  promise: 'synced, no duplicates, every field checked',
  start: (folder) => startBare('row_per_bet', join(folder, 'bets.db')),
};

/** Starts the lottery's server with settings that differ from the default. */
export async function startLottery(
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const child = fork(join(COMPILED, 'bundled', 'server', 'main.js'), [], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: ['--require', join(COMPILED, 'tools', 'end_with_parent.js')],
    env: {
      ...process.env,
      HTTP_PORT: '',
      SERVER_PORT: '0',
      SERVER_LISTEN_ADDRESS: '127.0.0.1',
      AGENCIES: String(AGENCIES),
      DATA_DIR: join(folder, 'ledger'),
      ...settings,
    },
  });
  const output = child.stdout;
  if (output === null) throw new Error('the server has no output');
  let httpPort: number | undefined;
  let plainPort: number | undefined;
  let tlsPort: number | undefined;
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: output }).on('line', (line) => {
      httpPort ??= httpAddressIn(line)?.port;
      plainPort ??= tcpPortIn(line);
      tlsPort ??= tlsPortIn(line);
      const isComplete = settings.SERVER_TLS_PORT === undefined || tlsPort !== undefined;
      if (plainPort !== undefined && isComplete) resolve(plainPort);
    });
    child.once('exit', () => reject(new OperationError('the lottery server did not start')));
  });
  return { ...runningServer(child, port), httpPort, tlsPort };
}

/** Starts one of the yardsticks in `servers/`. */
export async function startBare(module: string, ...words: string[]): Promise<RunningServer> {
  const child = fork(join(__dirname, 'servers', `${module}.js`), words, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [{ port: number }];
  return runningServer(child, message.port);
}

function runningServer(child: ChildProcess, port: number): RunningServer {
  return {
    port,
    processId: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Runs something in a folder of its own, which is removed afterwards. */
export async function inFolder<Result>(
  parent: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(parent, 'bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

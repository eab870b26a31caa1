/** The programs under test, as processes. */
import { ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { httpAddressIn, memcachedPortIn, tcpPortIn, tlsPortIn } from '../../tools/server_log';
import { DIST, ROOT } from './built';
import { slackMs } from './machine';

/** A program that runs, or has run. */
export class Program {
  readonly #process: ChildProcess;
  readonly #exit: Promise<number | string>;
  #output = '';
  #errors = '';
  #listeners: (() => void)[] = [];

  /**
   * @param file from dist/, e.g. `server/main.js`
   * @param input whether it gets what {@link write} is given; nothing without it
   */
  constructor(
    file: string,
    environment: Readonly<Record<string, string>>,
    words: readonly string[] = [],
    input: 'none' | 'piped' = 'none',
  ) {
    this.#process = spawn(process.execPath, [join(DIST, file), ...words], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: [input === 'none' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    // A program may end before it has read all.
    this.#process.stdin?.on('error', () => undefined);
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.#output += bytes.toString();
      this.#wake();
    });
    this.#process.stderr?.on('data', (bytes: Buffer) => {
      this.#errors += bytes.toString();
      this.#wake();
    });
    this.#exit = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        resolve(code ?? signal ?? 'gone');
        this.#wake();
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** The exit code, or the signal that ended it. */
  get exit(): Promise<number | string> {
    return this.#exit;
  }

  /** The id of its process. */
  get processId(): number {
    return this.#process.pid ?? 0;
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  /** Ends its standard input. */
  endInput(): void {
    this.#process.stdin?.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Waits until the output matches; the match. Fails when the program ends before. */
  untilOutput(pattern: RegExp): Promise<RegExpExecArray> {
    return this.untilFound((output) => pattern.exec(output) ?? undefined, String(pattern));
  }

  /** Waits until something is found in the output. Fails, naming what was awaited, when the program ends before. */
  async untilFound<Found>(find: (output: string) => Found | undefined, awaited: string): Promise<Found> {
    for (;;) {
      const found = find(this.#output);
      if (found !== undefined) return found;
      await this.#moreOutput(awaited);
    }
  }

  /** Waits until the output is so long. Fails when the program ends before. */
  async untilOutputLength(characters: number): Promise<void> {
    while (this.#output.length < characters) await this.#moreOutput(`${characters} characters of output`);
  }

  async #moreOutput(awaited: string): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
      throw new Error(`the program ended without ${awaited}:\n${this.#output}${this.#errors}`);
    }
    await new Promise<void>((resolve) => this.#listeners.push(resolve));
  }

  #wake(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}

/** Programs and folders of a test, ended and removed together. */
export class Stage {
  readonly #programs: Program[] = [];
  #folder: string | undefined;

  /** The test's own folder. It is made when it is first asked for: a file whose tests are all skipped never closes its stage. */
  get folder(): string {
    return (this.#folder ??= mkdtempSync(join(tmpdir(), 'lottery-test-')));
  }

  /** A new folder's name below the test's own. */
  path(name: string): string {
    return join(this.folder, name);
  }

  run(
    file: string,
    environment: Readonly<Record<string, string>>,
    words: readonly string[] = [],
    input: 'none' | 'piped' = 'none',
  ): Program {
    const program = new Program(file, environment, words, input);
    this.#programs.push(program);
    return program;
  }

  /** Starts a server on a free port (or the one named) and waits until it accepts connections. */
  async startServer(
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ server: Program; port: number }> {
    const server = this.run('server/main.js', {
      SERVER_PORT: '0',
      SERVER_LISTEN_ADDRESS: '127.0.0.1',
      DATA_DIR: this.path('ledger'),
      ...environment,
    });
    return { server, port: await tcpPortOf(server) };
  }

  startAgency(agency: number, port: number, environment: Readonly<Record<string, string>> = {}): Program {
    return this.run('client/main.js', {
      CLI_ID: String(agency),
      CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
      CLI_DATA_WINNERSFILE: this.path(`winners-${agency}.txt`),
      ...environment,
    });
  }

  /** Ends the programs and removes the folder. A failed test's report tells what they have said last. */
  async close(): Promise<void> {
    globalThis.saidByPrograms = this.#programs.map(saidLast).join('');
    for (const program of this.#programs) program.signal('SIGKILL');
    await Promise.all(this.#programs.map(({ exit }) => exit));
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

declare global {
  /** What the programs of the test have said last: program_environment.mjs adds it to a failure. */
  var saidByPrograms: string | undefined;
}

const LAST_LINES = 12;

function saidLast(program: Program): string {
  const lines = `${program.output}${program.errors}`.trimEnd().split('\n');
  return [`process ${program.processId}:`, ...lines.slice(-LAST_LINES), ''].join('\n');
}

/** What every program has promised. */
const STOP_BOUND_MS = 1_000;

/** Sends a signal, and expects that the program ends within a second, or what is a second to this machine now. */
export async function expectStopInTime(program: Program, name: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const slack = slackMs();
  const startedMs = performance.now();
  program.signal(name);
  await program.exit;
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeLessThan(STOP_BOUND_MS + (await slack));
}

/** The port of a server's TCP door, once its log tells it. */
export function tcpPortOf(server: Program): Promise<number> {
  return server.untilFound(tcpPortIn, 'the port of the agencies');
}

/** The port of a server's TCP door over TLS, once its log tells it. */
export function tlsPortOf(server: Program): Promise<number> {
  return server.untilFound(tlsPortIn, 'the port of the agencies over TLS');
}

/** The port of a server's door for clients of memcached, once its log tells it. */
export function memcachedPortOf(server: Program): Promise<number> {
  return server.untilFound(memcachedPortIn, 'the port for clients of memcached');
}

/** The port of a server's HTTP door, once its log tells it. */
export function httpPortOf(server: Program): Promise<number> {
  return server.untilFound((output) => httpAddressIn(output)?.port, 'the port of HTTP');
}

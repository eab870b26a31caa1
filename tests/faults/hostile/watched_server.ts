/** A server whose memory, processor time and sockets are watched from outside, as the kernel counts them. */
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { tcpPortIn } from '../../../tools/server_log';
import { DIST, ROOT } from '../../support/built';

/** The kernel counts processor time in hundredths of a second, whatever its own clock is. */
const MS_PER_CPU_TICK = 10;
/** In `/proc/PID/stat`, behind the name in parentheses: the fields for time in user and in kernel mode. */
const USER_TIME_FIELD = 11;
const KERNEL_TIME_FIELD = 12;

/** How the server is started. */
export interface ServerStart {
  /** The ledger's folder. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** How many descriptors it may have; all that this process may have if left out. */
  readonly descriptors?: number;
}

/** A running server on 127.0.0.1. */
export class WatchedServer {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #port = 0;
  #output = '';
  #isOver = false;

  /** Starts a server on a free port and waits until it accepts connections. */
  static async start(start: ServerStart): Promise<WatchedServer> {
    const server = new WatchedServer(start);
    await server.#untilAccepting();
    return server;
  }

  private constructor({ folder, environment, descriptors }: ServerStart) {
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors} && `;
    this.#process = spawn(
      'sh',
      ['-c', `${limit}exec "$@"`, 'sh', process.execPath, join(DIST, 'server/main.js')],
      {
        cwd: ROOT,
        env: {
          PATH: process.env['PATH'],
          SERVER_PORT: '0',
          SERVER_LISTEN_ADDRESS: '127.0.0.1',
          DATA_DIR: folder,
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const { stdout, stderr } = this.#process;
    for (const stream of [stdout, stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.#output += bytes.toString();
      });
    }
    this.#exit = once(this.#process, 'close').then(() => (this.#isOver = true));
  }

  get port(): number {
    return this.#port;
  }

  /** Everything that it has printed, errors included. */
  get output(): string {
    return this.#output;
  }

  /** How many lines it has printed, those of stored batches left aside: they are bounded by themselves. */
  get lineCount(): number {
    return this.#output.split('\n').filter((line) => line !== '' && !line.includes('apuesta_recibida'))
      .length;
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** The memory that it has at this moment, in MiB. */
  get residentMiB(): number {
    return this.#memoryMiB('VmRSS');
  }

  /** The most memory that it has ever had, in MiB. */
  get peakMiB(): number {
    return this.#memoryMiB('VmHWM');
  }

  /** The processor time that all of its threads have taken. */
  get cpuMs(): number {
    const fields = this.#read('stat').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[USER_TIME_FIELD]) + Number(fields[KERNEL_TIME_FIELD])) * MS_PER_CPU_TICK;
  }

  /** The sockets that the server has open; its files come and go with the ledger's work. */
  get openSockets(): number {
    const folder = `/proc/${this.#pid}/fd`;
    return readdirSync(folder).filter((name) => isSocket(join(folder, name))).length;
  }

  /** Waits until the output matches. Fails when the server ends before. */
  untilOutput(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#untilFound((output) => pattern.exec(output) ?? undefined, String(pattern));
  }

  /**
   * SIGTERM, and the wait for the end.
   *
   * @returns the exit code, or the signal that ended it, and how long it took in milliseconds
   */
  async stop(): Promise<{ exit: number | string | null; tookMs: number }> {
    const startedMs = performance.now();
    this.#process.kill('SIGTERM');
    await this.#exit;
    const tookMs = performance.now() - startedMs;
    return { exit: this.#process.exitCode ?? this.#process.signalCode, tookMs };
  }

  /** SIGKILL. For the end of a test, whatever has become of the server. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  get #pid(): number {
    return this.#process.pid ?? 0;
  }

  async #untilAccepting(): Promise<void> {
    this.#port = await this.#untilFound(tcpPortIn, 'the port of the agencies');
  }

  async #untilFound<Found>(find: (output: string) => Found | undefined, awaited: string): Promise<Found> {
    for (;;) {
      const found = find(this.#output);
      if (found !== undefined) return found;
      if (this.#isOver) throw new Error(`the server ended without ${awaited}:\n${this.#output}`);
      await Promise.race([once(this.#process.stdout!, 'data'), this.#exit]);
    }
  }

  #memoryMiB(key: string): number {
    const kib = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(this.#read('status'))?.[1];
    if (kib === undefined) throw new Error(`the server is gone:\n${this.#output}`);
    return Number(kib) / 1024;
  }

  #read(file: string): string {
    return readFileSync(`/proc/${this.#pid}/${file}`, 'latin1');
  }
}

/** How many descriptors a process here may have. */
export function descriptorLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? '0';
  return hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard);
}

/** `describe` where the kernel tells about processes as Linux does; elsewhere the tests are listed as skipped. */
export const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor).startsWith('socket:');
  } catch {
    // It was closed meanwhile.
    return false;
  }
}

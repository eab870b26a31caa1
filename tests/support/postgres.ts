/**
 * A PostgreSQL of the tests' own: made anew in a folder of its own, or as the standby of another one; started, stopped
 * and crashed as a test needs it.
 */
import { ChildProcess, execFileSync, spawn, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { findProgram } from '../../bench/peers/find_program';
import { otherUser } from '../../bench/peers/other_user';
import { freePort } from '../../tools/free_port';
import { describeWithProgram } from './skipping';

const READY = /database system is ready to accept (read[- ]only )?connections/;
/** Somebody else may take a free port before the server does. */
const PORTS_TO_TRY = 5;

/** How a server is stopped: `fast` ends its clients and writes what it has, `immediate` leaves as in a crash. */
export type StopMode = 'fast' | 'immediate';
const SIGNAL_OF_MODE = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** The folder with PostgreSQL's programs; `undefined` where there is none on this machine. */
export function findPostgres(): string | undefined {
  try {
    findProgram('postgres');
    // Where PATH has links to some of the programs, the others are beside what these lead to.
    return dirname(realpathSync(findProgram('initdb')));
  } catch {
    return undefined;
  }
}

/**
 * Declares tests that need PostgreSQL. Where there is none they are skipped, by a name that says so; with
 * `REQUIRE_POSTGRES=1` in the environment they fail there.
 */
export function describeWithPostgres(name: string, tests: () => void): void {
  const program = {
    isThere: findPostgres() !== undefined,
    name: 'PostgreSQL',
    package: 'postgresql',
    requiredBy: 'REQUIRE_POSTGRES',
    soughtFor: 'initdb and postgres in PATH or /usr/lib/postgresql',
  };
  describeWithProgram(program, name, tests);
}

/** What a test's own server has besides what all have. */
export interface PostgresOptions {
  /** Settings by name, as on the command line. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The lines of its pg_hba.conf: who is let in, and how. Everybody who comes from this machine if left out. */
  readonly access?: readonly string[];
  /** Files of its data folder, by name, that only it may read. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server on 127.0.0.1, with one empty database. */
export class PostgresServer {
  readonly #programs: string;
  readonly #options: PostgresOptions;
  readonly #folder: string;
  readonly #user: Pick<SpawnOptions, 'uid' | 'gid'>;
  #port = 0;
  #process: ChildProcess | undefined;

  /** Makes a new one and starts it. @throws Error where there is no PostgreSQL */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const programs = findPostgres();
    if (programs === undefined) throw new Error('there is no PostgreSQL on this machine');
    const server = new PostgresServer(programs, options);
    server.#make();
    await server.start();
    return server;
  }

  /**
   * Makes a copy of this one, which must run, and starts it: it follows this one and can be read from, until it is
   * promoted.
   */
  async startStandby(): Promise<PostgresServer> {
    const standby = new PostgresServer(this.#programs, this.#options);
    const words = ['-D', standby.#data, '-d', this.url(), '-c', 'fast', '--write-recovery-conf', '--no-sync'];
    try {
      standby.#runToEnd('pg_basebackup', words);
      await standby.start();
    } catch (error) {
      await standby.remove();
      throw error;
    }
    return standby;
  }

  private constructor(programs: string, options: PostgresOptions) {
    this.#programs = programs;
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), 'lottery-postgres-'));
    this.#user = otherUser() ?? {};
    const { uid, gid } = this.#user;
    if (uid !== undefined && gid !== undefined) chownSync(this.#folder, uid, gid);
  }

  /** Where a database is reached. */
  url(database = 'postgres'): string {
    return `postgresql://postgres@127.0.0.1:${this.#port}/${database}`;
  }

  /** Starts it unless it runs, on the port that it had before, and waits until it takes connections. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const ports = this.#port === 0 ? PORTS_TO_TRY : 1;
    for (let left = ports; left > 0; left--) {
      const port = this.#port === 0 ? await freePort() : this.#port;
      if (await this.#startOn(port)) {
        this.#port = port;
        return;
      }
    }
    throw new Error('PostgreSQL does not start');
  }

  /** Stops it and waits until all of it has gone. */
  async stop(mode: StopMode): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(SIGNAL_OF_MODE[mode]);
    await ended;
  }

  /** Stops it and removes all that it has stored. */
  async remove(): Promise<void> {
    await this.stop('immediate');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(): void {
    const words = ['-D', this.#data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale', '-N'];
    this.#runToEnd('initdb', words);
    const { access, files = {} } = this.#options;
    const contents = { ...files, ...(access && { 'pg_hba.conf': `${access.join('\n')}\n` }) };
    for (const [name, text] of Object.entries(contents)) this.#write(join(this.#data, name), text);
  }

  #write(file: string, text: string): void {
    const { uid, gid } = this.#user;
    writeFileSync(file, text, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid);
  }

  #runToEnd(program: string, words: readonly string[]): void {
    execFileSync(join(this.#programs, program), words, { ...this.#user, cwd: '/', stdio: 'ignore' });
  }

  /** Whether it has started. */
  async #startOn(port: number): Promise<boolean> {
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'on',
      ...this.#options.settings,
    };
    const words = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const started = spawn(join(this.#programs, 'postgres'), ['-D', this.#data, ...words], {
      ...this.#user,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = started;
    return new Promise((resolve) => {
      let said = '';
      started.stderr.on('data', (bytes: Buffer) => {
        // What it says later is of no use, and must not pile up.
        if (READY.test(said)) return;
        said += bytes.toString();
        if (READY.test(said)) resolve(true);
      });
      started.once('exit', () => {
        if (this.#process === started) this.#process = undefined;
        resolve(false);
      });
    });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }
}

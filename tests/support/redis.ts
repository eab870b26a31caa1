/** A Redis of the tests' own, with a folder of its own: started, stopped and killed as a test needs it. */
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProgram } from '../../bench/peers/find_program';
import { freePort } from '../../tools/free_port';
import { describeWithProgram } from './skipping';

const READY = /Ready to accept connections/;
/** Somebody else may take a free port before the server does. */
const PORTS_TO_TRY = 5;
/** Each test takes a database of its own. */
const DATABASES = 4_096;

/** The file of Redis; `undefined` where there is none on this machine. */
export function findRedis(): string | undefined {
  try {
    return findProgram('redis-server');
  } catch {
    return undefined;
  }
}

/**
 * Declares tests that need Redis. Where there is none they are skipped, by a name that says so; with `REQUIRE_REDIS=1` in
 * the environment they fail there.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  const program = {
    isThere: findRedis() !== undefined,
    name: 'Redis',
    package: 'redis-server',
    requiredBy: 'REQUIRE_REDIS',
    soughtFor: 'redis-server in PATH',
  };
  describeWithProgram(program, name, tests);
}

/** With what a server takes part in TLS: files that it reads when it is started. */
export interface RedisTls {
  readonly certificate: string;
  readonly key: string;
  /** The CA of the client certificates that it asks for; it asks for none if left out. */
  readonly clientCa?: string;
}

/** A Redis server on 127.0.0.1. */
export class RedisServer {
  readonly #program: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #tls: RedisTls | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lottery-redis-'));
  #port = 0;
  #process: ChildProcess | undefined;

  /**
   * Starts a new one.
   *
   * @param settings by name, besides those that all have
   * @param tls for one that takes connections over TLS alone
   * @throws Error where there is no Redis
   */
  static async start(settings: Readonly<Record<string, string>> = {}, tls?: RedisTls): Promise<RedisServer> {
    const program = findRedis();
    if (program === undefined) throw new Error('there is no Redis on this machine');
    const server = new RedisServer(program, settings, tls);
    await server.start();
    return server;
  }

  private constructor(program: string, settings: Readonly<Record<string, string>>, tls?: RedisTls) {
    this.#program = program;
    this.#settings = settings;
    this.#tls = tls;
  }

  /** Where a database is reached. @param host a name or address of this machine */
  url(database = 0, host = '127.0.0.1'): string {
    return `${this.#tls === undefined ? 'redis' : 'rediss'}://${host}:${this.#port}/${database}`;
  }

  /** The folder in which it stores. */
  get folder(): string {
    return this.#folder;
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
    throw new Error('Redis does not start');
  }

  /** Ends it and waits until it has gone. @param signal SIGKILL leaves as in a crash */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  }

  /** Ends it and removes all that it has stored. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Whether it has started. */
  #startOn(port: number): Promise<boolean> {
    const settings = {
      ...portsOf(port, this.#tls),
      bind: '127.0.0.1',
      dir: this.#folder,
      databases: String(DATABASES),
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      ...this.#settings,
    };
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const started = spawn(this.#program, words, { cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
    this.#process = started;
    return new Promise((resolve) => {
      let said = '';
      started.stdout.on('data', (bytes: Buffer) => {
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
}

function portsOf(port: number, tls: RedisTls | undefined): Readonly<Record<string, string>> {
  if (tls === undefined) return { port: String(port) };
  const { certificate, key, clientCa } = tls;
  const clients =
    clientCa === undefined
      ? { 'tls-auth-clients': 'no' }
      : { 'tls-auth-clients': 'yes', 'tls-ca-cert-file': clientCa };
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': certificate,
    'tls-key-file': key,
    ...clients,
  };
}

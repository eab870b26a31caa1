import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { OperationError } from '../../program/exit';

/** A program as another user. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** How much of a server's output is kept, to tell why it did not start. */
const KEPT_CHARACTERS = 4_000;
/** How long a server may take to end by itself; PostgreSQL writes all that it has in memory. */
const END_TIMEOUT_MS = 20_000;

/** Another store's server. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #onExit = (): void => void this.#child.kill('SIGKILL');
  readonly #stopSignal: NodeJS.Signals;
  #output = '';

  /**
   * @param user who it runs as; this process's user if left out
   * @param stopSignal what makes it end in good order
   */
  constructor(
    program: string,
    words: readonly string[],
    user?: User,
    stopSignal: NodeJS.Signals = 'SIGTERM',
  ) {
    this.#stopSignal = stopSignal;
    this.#child = spawn(program, words, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], ...user });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
      });
    }
    this.#child.once('error', (error) => (this.#output += `\n${error.message}`));
    // Whatever ends this process early, the server does not stay.
    process.once('exit', this.#onExit);
    this.#child.once('exit', () => process.off('exit', this.#onExit));
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws OperationError with the server's last line when it does not run */
  check(): void {
    if (!this.#hasEnded) return;
    throw new OperationError(`the server has ended: ${this.#output.trimEnd().split('\n').at(-1) ?? ''}`);
  }

  /** Stops it and waits for its end; one that does not end in time is killed. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_TIMEOUT_MS);
    this.#child.kill(this.#stopSignal);
    await ended;
    clearTimeout(timer);
  }

  get #hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }
}

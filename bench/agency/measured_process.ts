/** Processes that are measured. */
import { ChildProcess, spawn, StdioOptions } from 'node:child_process';
import { once } from 'node:events';

import { cpuMsOf, peakMemoryMib } from '../process_usage';

/** What a process has used so far. */
export interface Usage {
  /** Since it was started. */
  readonly seconds: number;
  /** Processor time, all its threads. */
  readonly cpuSeconds: number;
  readonly peakMemoryMib: number;
}

/** A Node program as a child process. */
export class MeasuredProcess {
  readonly child: ChildProcess;
  readonly #startedMs = performance.now();

  /** Starts one that tells its parent something on a channel, and ends when that is closed. */
  static withChannel(module: string, words: readonly string[]): MeasuredProcess {
    return new MeasuredProcess(module, words, {}, ['ignore', 'pipe', 'inherit', 'ipc']);
  }

  /**
   * Starts one as an operator would.
   *
   * @param settings its environment, beside this process's own
   */
  static plain(module: string, settings: Readonly<Record<string, string>>): MeasuredProcess {
    return new MeasuredProcess(module, [], settings, ['ignore', 'pipe', 'inherit']);
  }

  private constructor(
    module: string,
    words: readonly string[],
    settings: Readonly<Record<string, string>>,
    stdio: StdioOptions,
  ) {
    this.child = spawn(process.execPath, [module, ...words], { stdio, env: { ...process.env, ...settings } });
    // Keeps the pipe flowing when nobody listens to its lines.
    this.child.stdout?.resume();
  }

  /** What it has used up to now. */
  usage(): Usage {
    const processId = this.child.pid ?? 0;
    return {
      seconds: (performance.now() - this.#startedMs) / 1_000,
      cpuSeconds: cpuMsOf(processId) / 1_000,
      peakMemoryMib: peakMemoryMib(processId),
    };
  }

  /**
   * Waits for a message that has this key.
   *
   * @throws Error when the process ends before
   */
  message(key: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child.on('message', (message: unknown) => {
        if (typeof message === 'object' && message !== null && key in message)
          resolve(Reflect.get(message, key));
      });
      void this.failure().catch(reject);
    });
  }

  /** Is rejected when it ends. */
  async failure(): Promise<never> {
    const [code] = (await once(this.child, 'exit')) as [number | null];
    throw new Error(`a process has ended with ${String(code)}`);
  }

  /** Ends it and waits for its end. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

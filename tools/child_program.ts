import { ChildProcess, fork } from 'node:child_process';
import { closeSync, createWriteStream, openSync, WriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { EXIT_DONE, OperationError, oneLine } from '../program/exit';
import { PRIVATE_FILE } from '../program/folders';
import { lastLineOf, LineReader } from './lines';

/** A program to be started. */
export interface ChildPlan {
  /** Its name in messages to the operator. */
  readonly name: string;
  /** The compiled code of the project. */
  readonly compiledFolder: string;
  /** The program in that folder. */
  readonly module: string;
  /** Its command line; empty without one. */
  readonly words?: readonly string[];
  /** Its settings; they override the starter's own environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where its output goes, standard output and standard error. */
  readonly logFile: string;
  /** Called with each line of its standard output. */
  readonly onLine?: (line: string) => void;
  /** Called with each message on the channel. */
  readonly onMessage?: (message: unknown) => void;
}

/** How a program has ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const MAX_KEPT_ERROR_CHARACTERS = 4_096;

/**
 * A program of the project as a child process, which ends when its parent does.
 *
 * It has a session of its own: Ctrl+C at the terminal reaches only the starter, which then stops its children.
 */
export class ChildProgram {
  /** Resolved when the process has ended and all its output was read. */
  readonly ended: Promise<void>;
  readonly name: string;
  readonly #plan: ChildPlan;
  readonly #process: ChildProcess;
  #log: WriteStream | undefined;
  #errorText = '';
  #ending: Ending | undefined;

  /** @throws OperationError when it cannot be started */
  constructor(plan: ChildPlan) {
    this.name = plan.name;
    this.#plan = plan;
    this.#process = start(plan);
    const { stdout, stderr } = this.#process;
    if (stdout !== null) this.#follow(stdout, plan.onLine);
    if (stderr !== null) this.#keepErrors(stderr);
    this.#process.on('message', (message: unknown) => plan.onMessage?.(message));
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        this.#ending ??= ending;
        if (this.#log === undefined || this.#log.destroyed) return resolve();
        this.#log.once('close', () => resolve());
        this.#log.end();
      };
      this.#process.once('close', (code, signal) => end({ code, signal }));
      this.#process.on('error', (error) => {
        // Other errors come from a signal or a message to a running process.
        if (this.#process.pid !== undefined) return;
        this.#errorText = oneLine(error);
        end({ code: null, signal: null });
      });
    });
  }

  /** Whether the process has exited with 0. */
  get isDone(): boolean {
    return this.#ending?.code === EXIT_DONE;
  }

  /** Sends a signal; nothing happens when the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#ending === undefined) this.#process.kill(signal);
  }

  /**
   * The error for the operator when it should not have ended, or not like this.
   *
   * @param reason instead of what the program itself said last
   */
  failure(reason?: string): OperationError {
    const { code, signal } = this.#ending ?? {};
    const how =
      typeof signal === 'string' ? ` (${signal})` : typeof code === 'number' ? ` (exit code ${code})` : '';
    const silent = code === EXIT_DONE ? 'it has ended too early' : 'it gave no reason';
    const why = reason ?? (lastLineOf(this.#errorText) || silent);
    return new OperationError(`${this.name} failed${how}: ${why}; its log: ${this.#plan.logFile}`);
  }

  #follow(output: Readable, onLine: ((line: string) => void) | undefined): void {
    const lines = new LineReader((line) => onLine?.(line));
    output.setEncoding('utf8').on('data', (text: string) => {
      this.#write(text);
      lines.push(text);
    });
  }

  #keepErrors(output: Readable): void {
    output.setEncoding('utf8').on('data', (text: string) => {
      this.#write(text);
      this.#errorText = (this.#errorText + text).slice(-MAX_KEPT_ERROR_CHARACTERS);
    });
  }

  #write(text: string): void {
    this.#log ??= createWriteStream(this.#plan.logFile, { flags: 'a', mode: PRIVATE_FILE })
      // A full disk loses the log, not the run.
      .on('error', () => undefined);
    if (!this.#log.destroyed) this.#log.write(text);
  }
}

function start({
  name,
  compiledFolder,
  module,
  words = [],
  settings,
  logFile,
  onLine,
}: ChildPlan): ChildProcess {
  let log: number | undefined;
  try {
    log = openSync(logFile, 'a', PRIVATE_FILE);
    return fork(join(compiledFolder, module), [...words], {
      env: { ...process.env, ...settings },
      execArgv: ['--require', join(compiledFolder, 'tools', 'end_with_parent.js')],
      stdio: ['ignore', onLine === undefined ? log : 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
  } catch (error) {
    throw new OperationError(`${name} cannot be started: ${oneLine(error)}`);
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

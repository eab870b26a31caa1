import { Worker } from 'node:worker_threads';

import { ownProgram } from '../../../program/own_files';
import type { FoundWinners } from '../draw';
import { LedgerUnavailable } from '../ledger';
import { asDamage } from './damage';
import type { DrawAnswer, DrawRequest, DrawThreadStart } from './draw_thread';

/** Looks for the winners in a thread of its own (draw_thread.ts). */
export class DrawRunner {
  readonly #start: DrawThreadStart;
  #thread: Worker | undefined;

  constructor(start: DrawThreadStart) {
    this.#start = start;
  }

  /** Starts the thread, so that it is there when it is needed. It then waits. */
  prepare(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(ownProgram('server/ledger/sqlite/draw_thread'), { workerData: this.#start });
    // It keeps no program from ending, and one that breaks while it waits is started again.
    thread.unref();
    const forget = (): void => {
      if (this.#thread === thread) this.#thread = undefined;
    };
    thread.on('error', forget);
    thread.on('exit', forget);
    this.#thread = thread;
    return thread;
  }

  /**
   * Reads every bet. The sale must be closed.
   *
   * @throws LedgerDamaged
   * @throws LedgerUnavailable with the reason, or when it was stopped
   */
  async run(winnerNumber: DrawRequest): Promise<FoundWinners> {
    const thread = this.prepare();
    thread.ref();
    const answer = await new Promise<DrawAnswer>((resolve) => {
      thread.once('message', resolve);
      thread.once('error', (error) => resolve({ reason: error.message, isDamaged: false }));
      thread.once('exit', () => resolve({ reason: 'the draw was stopped', isDamaged: false }));
      thread.postMessage(winnerNumber);
    });
    await this.stop();
    if ('found' in answer) return answer.found;
    if (answer.isDamaged) throw asDamage(answer.reason);
    throw new LedgerUnavailable(answer.reason);
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { resetSocket } from '../../../server/testing/reset_socket';
import { Direction, Treatment } from './treatment';

/** Above this the relay reads no further from the side that sends. */
const MAX_WAITING_BYTES = 256 * 1024;

/** One direction of a connection. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #treatment: Treatment;
  readonly #reset: () => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #ending: 'end' | 'reset' | undefined;
  #isRunning = false;
  /** Nothing more goes this way. */
  #isOver = false;
  #hold: Promise<unknown> | undefined;

  constructor(from: Socket, to: Socket, direction: Direction, treatment: Treatment, reset: () => void) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    this.#treatment = treatment;
    this.#reset = reset;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#finish('end'));
    from.on('close', () => this.#finish('reset'));
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  hold(until: Promise<unknown>): void {
    this.#hold = until;
  }

  #take(bytes: Buffer): void {
    if (this.#isOver || this.#to.destroyed) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#from.pause();
    this.#wake();
  }

  #finish(ending: 'end' | 'reset'): void {
    this.#ending ??= ending;
    this.#wake();
  }

  #wake(): void {
    if (this.#isRunning || this.#isOver) return;
    this.#isRunning = true;
    void this.#run().finally(() => (this.#isRunning = false));
  }

  async #run(): Promise<void> {
    while (this.#waitingBytes > 0 && !this.#to.destroyed) {
      const step = this.#treatment.next(this.#direction, this.#waitingBytes);
      if (step.kind === 'reset') {
        this.#reset();
        return;
      }
      if (step.kind === 'half-close') {
        this.#drop();
        this.#to.end();
        return;
      }
      if (step.afterMs > 0) await pause(step.afterMs);
      await this.#hold;
      await this.#write(this.#cut(step.bytes));
      if (this.#waitingBytes <= MAX_WAITING_BYTES) this.#from.resume();
    }
    if (this.#to.destroyed) this.#drop();
    else if (this.#ending !== undefined) this.#end(this.#ending);
  }

  #end(ending: 'end' | 'reset'): void {
    this.#isOver = true;
    if (ending === 'end') this.#to.end();
    else resetSocket(this.#to);
  }

  /** What comes from here on is read and forgotten. */
  #drop(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#from.resume();
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#to.destroyed || this.#to.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const taken = (): void => {
        this.#to.off('drain', taken).off('close', taken);
        resolve();
      };
      this.#to.on('drain', taken).on('close', taken);
    });
  }

  #cut(bytes: number): Buffer {
    const all = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    const piece = all.subarray(0, bytes);
    const rest = all.subarray(bytes);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#waitingBytes = rest.length;
    return piece;
  }
}

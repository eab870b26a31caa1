import { DeadlineAction, DrawDeadline } from '../../server/ledger/draw';
import { ServerSetup } from './simulated_storage';
import { WallClock } from './wall_clock';

const MAX_DEADLINE_MS = 3_000;
const MAX_AFTER_FIRST_FINISH_MS = 1_500;
/** In one of its lives a server may do without its setting, or be told to act on a deadline long past. */
const FORGOTTEN_SHARE = 0.3;
const CONFIRMED_SHARE = 0.2;
const MAX_STEP_MS = 2_000;
/** More than the hour after which a deadline is held. */
const JUMP_MS = 2 * 3_600_000;
const JUMP_SHARE = 0.3;

/** Who sets up the servers, and their clock. */
export class Operator {
  readonly #random: () => number;
  readonly #wallClock: WallClock;
  #deadline: DrawDeadline | undefined;
  #isAtPeace = false;
  #hasForgotten = false;

  constructor(random: () => number, wallClock: WallClock, hasDeadline: boolean) {
    this.#random = random;
    this.#wallClock = wallClock;
    if (hasDeadline) this.#deadline = this.#newDeadline();
  }

  get hasDeadline(): boolean {
    return this.#deadline !== undefined;
  }

  /** How a server is set up for its next life. */
  nextSetup(): ServerSetup {
    if (this.#hasForgotten) return { deadline: undefined, actsOnOverdue: false };
    if (this.#isAtPeace) return { deadline: this.#deadline, actsOnOverdue: true };
    const deadline = this.#random() < FORGOTTEN_SHARE ? undefined : this.#deadline;
    return { deadline, actsOnOverdue: this.#random() < CONFIRMED_SHARE };
  }

  /** Takes the deadline out of the settings for good. */
  forget(): void {
    this.#hasForgotten = true;
  }

  /** Sets the clock ahead or back, now and then by hours. */
  stepClock(): void {
    const isJump = this.#random() < JUMP_SHARE;
    this.#wallClock.step(isJump ? JUMP_MS : Math.floor((this.#random() * 2 - 1) * MAX_STEP_MS));
  }

  /**
   * From now on nothing is forgotten, and what was held is confirmed.
   *
   * @param isEmpty whether nothing was sold: a deadline that has passed is then not taken, and another one is set
   */
  bringPeace(isEmpty: boolean): void {
    this.#isAtPeace = true;
    const deadline = this.#deadline;
    const hasPassed =
      deadline !== undefined && 'atMs' in deadline && deadline.atMs <= this.#wallClock.nowMs();
    if (isEmpty && hasPassed)
      this.#deadline = { ...deadline, atMs: this.#wallClock.nowMs() + MAX_DEADLINE_MS };
  }

  #newDeadline(): DrawDeadline {
    const action: DeadlineAction = this.#random() < 0.5 ? 'draw' : 'call-off';
    if (this.#random() < 0.5)
      return { action, afterFirstFinishMs: Math.floor(this.#random() * MAX_AFTER_FIRST_FINISH_MS) };
    return { action, atMs: this.#wallClock.nowMs() + 1 + Math.floor(this.#random() * MAX_DEADLINE_MS) };
  }
}

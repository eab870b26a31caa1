import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import type { Log, LogDetails } from '../../program/log';
import { pause } from '../../program/pause';
import { LedgerUnavailable } from '../ledger/ledger';
import { CALLED_OFF, NumberView } from '../lottery/draw_number';

const TO_CALL_OFF = 'to call the draw off set DRAW_CALL_OFF = unless-known and start again';
const CALLS_OFF = 'DRAW_CALL_OFF is set, so the draw is called off';

/** How often it is looked whether another server has been given the number. */
const LOOK_MS = 1_000;

/** What an awaited number is made of. */
export interface AwaitedParts {
  readonly log: Log;
  /** Where it comes from, in words. */
  readonly from: string;
  /** Whether the draw is called off unless the number is known already. */
  readonly callsOff: boolean;
  /** When the beacon's round is due, in milliseconds since 1970. */
  readonly dueAtMs?: number;
}

/** A number that is waited for: what is told of it, and who waits. */
export class AwaitedNumber {
  /** Resolves once the number is known, or the draw called off. */
  readonly known: Promise<number | typeof CALLED_OFF>;
  readonly #parts: AwaitedParts;
  #resolve: (number: number | typeof CALLED_OFF) => void = () => undefined;
  #isAsked = false;
  #isSettled = false;
  #isWatched = false;
  #blocked: string | undefined;

  constructor(parts: AwaitedParts) {
    this.#parts = parts;
    this.known = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Whether the sale is sealed, so that the number may be given. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Where it comes from, and what is in the way for good. */
  get view(): NumberView {
    const { from, dueAtMs } = this.#parts;
    return { from, blocked: this.#blocked, dueAtMs };
  }

  /** The sale is sealed. */
  ask(): void {
    this.#isAsked = true;
  }

  /** Tells in the log that it is waited for. */
  tellWaiting(): void {
    this.#parts.log.info('hold_draw', 'in_progress', { waits_for: 'number', from: this.#parts.from });
  }

  /** Tells in the log what was given, which is not the number itself. */
  tellGiven(details: LogDetails): void {
    this.#parts.log.info('receive_number', 'success', details);
  }

  /** There will be no number: told once, with the way out. */
  block(reason: string): void {
    this.#tellBlocked(`${reason}; ${this.#parts.callsOff ? CALLS_OFF : TO_CALL_OFF}`);
  }

  /** It is known, and durable. */
  settle(number: number | typeof CALLED_OFF): void {
    this.#isSettled = true;
    this.#resolve(number);
  }

  /**
   * Looks again and again, until it is settled: another server over the same ledger may be given what is missing.
   *
   * @param look may fail with LedgerUnavailable: it is called again
   */
  watch(look: () => Promise<unknown>, clock: Clock, stopped: AbortSignal): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    void this.#watch(look, clock, stopped).finally(() => (this.#isWatched = false));
  }

  async #watch(look: () => Promise<unknown>, clock: Clock, stopped: AbortSignal): Promise<void> {
    const isOver = (): boolean => this.#isSettled || stopped.aborted;
    while (!isOver()) {
      await pause(clock, LOOK_MS, stopped);
      if (!isOver()) await look().catch((error: unknown) => this.#blockUnlessUnavailable(error));
    }
  }

  #blockUnlessUnavailable(error: unknown): void {
    // A server that is started again reads the same before it calls the draw off: that is no way out.
    if (!(error instanceof LedgerUnavailable)) this.#tellBlocked(oneLine(error));
  }

  #tellBlocked(reason: string): void {
    if (this.#blocked !== undefined) return;
    this.#blocked = reason;
    this.#parts.log.error('hold_draw', 'fail', { waits_for: 'number', reason });
  }
}

import type { Log, LogDetails } from '../../program/log';
import { CALLED_OFF, NumberView } from '../lottery/draw_number';

const TO_CALL_OFF = 'to call the draw off set DRAW_CALL_OFF = unless-known and start again';

/** A number that is waited for: what is told of it, and who waits. */
export class AwaitedNumber {
  /** Resolves once the number is known, or the draw called off. */
  readonly known: Promise<number | typeof CALLED_OFF>;
  readonly #log: Log;
  readonly #from: string;
  readonly #dueAtMs: number | undefined;
  #resolve: (number: number | typeof CALLED_OFF) => void = () => undefined;
  #isAsked = false;
  #blocked: string | undefined;

  /**
   * @param from where it comes from, in words
   * @param dueAtMs when the beacon's round is due, in milliseconds since 1970
   */
  constructor(log: Log, from: string, dueAtMs?: number) {
    this.#log = log;
    this.#from = from;
    this.#dueAtMs = dueAtMs;
    this.known = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Whether the sale is sealed, so that the number may be given. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Where it comes from, and what is in the way for good. */
  get view(): NumberView {
    return { from: this.#from, blocked: this.#blocked, dueAtMs: this.#dueAtMs };
  }

  /** The sale is sealed. */
  ask(): void {
    this.#isAsked = true;
  }

  /** Tells in the log that it is waited for. */
  tellWaiting(): void {
    this.#log.info('hold_draw', 'in_progress', { waits_for: 'number', from: this.#from });
  }

  /** Tells in the log what was given, which is not the number itself. */
  tellGiven(details: LogDetails): void {
    this.#log.info('receive_number', 'success', details);
  }

  /** There will be no number. Told once. */
  block(reason: string): void {
    if (this.#blocked !== undefined) return;
    this.#blocked = `${reason}; ${TO_CALL_OFF}`;
    this.#log.error('hold_draw', 'fail', { waits_for: 'number', reason: this.#blocked });
  }

  /** It is known, and durable. */
  settle(number: number | typeof CALLED_OFF): void {
    this.#resolve(number);
  }
}

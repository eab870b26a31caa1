import type { Log } from '../../program/log';
import type { Draw, DrawDeadline, DrawTerms } from '../ledger/draw';
import { describeDeadline } from './draw_deadline';
import { countWinners, missingDetail } from './draw_words';

/** What the keeper of the draw tells in the log. `sorteo` is the end of the draw alone; what is on the way to it is `hold_draw`. */
export class DrawLog {
  readonly #log: Log;
  readonly #agencies: number;
  #isOverdueTold = false;

  /** @param agencies how many take part */
  constructor(log: Log, agencies: number) {
    this.#log = log;
    this.#agencies = agencies;
  }

  /** The sale is closed. @param more what is told besides */
  begin(terms: DrawTerms, more: { resumed?: string } = {}): void {
    const agencies = this.#agencies;
    this.#log.info('hold_draw', 'in_progress', { agencies, ...missingDetail(terms), ...more });
  }

  /** The ledger could not take a step. */
  retry(reason: string, retryInMs: number): void {
    this.#log.error('hold_draw', 'fail', { error: reason, retry_in_ms: retryInMs });
  }

  /** There is a result. */
  end(draw: Draw): void {
    if (draw.isCalledOff) {
      const reason =
        draw.missingAgencies.length > 0
          ? 'called off at the deadline'
          : 'called off: it has no winning number';
      this.#log.error('sorteo', 'fail', { reason, ...missingDetail(draw) });
      return;
    }
    const winners = countWinners(draw);
    this.#log.info('sorteo', 'success', {
      bets: draw.bets,
      cant_ganadores: winners,
      ...missingDetail(draw),
    });
  }

  /** No draw can be held. */
  broken(reason: string): void {
    this.#log.error('sorteo', 'fail', { error: reason });
  }

  /** Acting on a deadline cannot be taken back, and a clock may be wrong: an operator is to look first. Told once. */
  overdue(deadline: DrawDeadline): void {
    if (this.#isOverdueTold) return;
    this.#isOverdueTold = true;
    this.#log.warning('deadline', 'in_progress', {
      deadline: describeDeadline(deadline),
      reason: 'it passed more than an hour ago and is not acted on: check the clock',
      to_confirm: 'set DRAW_DEADLINE_OVERDUE = act and start again',
    });
  }
}

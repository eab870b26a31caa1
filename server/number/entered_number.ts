import type { Clock } from '../../program/clock';
import type { Log } from '../../program/log';
import type { DrawTerms } from '../ledger/draw';
import { CALLED_OFF, EntryOutcome, GivenNumber, NumberView, Overseer } from '../lottery/draw_number';
import { AwaitedNumber } from './awaited_number';
import type { NumberStore } from './number_store';

/** What an entered number is made of. */
export interface EnteredParts {
  readonly store: NumberStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the draw is called off unless the number is known already. */
  readonly callsOff: boolean;
}

/**
 * A number that the operator and the auditor enter once the sale is sealed, each for themselves. The first entry of each
 * is final, so that nobody can try numbers against the other's; where they differ the draw can only be called off.
 */
export class EnteredNumber implements GivenNumber {
  readonly #parts: EnteredParts;
  readonly #awaited: AwaitedNumber;

  constructor(parts: EnteredParts) {
    this.#parts = parts;
    this.#awaited = new AwaitedNumber({
      log: parts.log,
      callsOff: parts.callsOff,
      from: 'the operator and the auditor, who enter it once the sale is sealed',
    });
  }

  get view(): NumberView {
    return this.#awaited.view;
  }

  async number(_terms: DrawTerms, stopped: AbortSignal): Promise<number | typeof CALLED_OFF> {
    const { store, clock, callsOff } = this.#parts;
    const outcome = await this.#settle();
    const isFirst = !this.#awaited.isAsked;
    this.#awaited.ask();
    if (outcome !== 'known' && callsOff) this.#awaited.settle(CALLED_OFF);
    else if (outcome === 'awaits-other' && isFirst) this.#awaited.tellWaiting();
    if (store.isShared) this.#awaited.watch(() => this.#settle(), clock, stopped);
    return this.#awaited.known;
  }

  async enter(by: Overseer, number: number): Promise<EntryOutcome> {
    const { store, callsOff } = this.#parts;
    if (!this.#awaited.isAsked || callsOff) return 'not-sealed';
    const entry = await store.keepEntry(by, number);
    if (entry.number !== number) return 'entered-before';
    if (entry.isNew) this.#awaited.tellGiven({ from: by });
    return this.#settle();
  }

  offerBeacon(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Compares what was entered. */
  async #settle(): Promise<'awaits-other' | 'known' | 'differs'> {
    const { store } = this.#parts;
    const [one, other] = await Promise.all([store.entryOf('operator'), store.entryOf('auditor')]);
    if (one === undefined || other === undefined) return 'awaits-other';
    if (one === other) {
      this.#awaited.settle(one);
      return 'known';
    }
    this.#awaited.block('the operator and the auditor have entered different numbers');
    return 'differs';
  }
}

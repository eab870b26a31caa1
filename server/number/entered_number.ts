import type { Log } from '../../program/log';
import { CALLED_OFF, EntryOutcome, GivenNumber, NumberView, Overseer } from '../lottery/draw_number';
import { AwaitedNumber } from './awaited_number';
import type { NumberStore } from './number_store';

/**
 * A number that the operator and the auditor enter once the sale is sealed, each for themselves. The first entry of each
 * is final, so that nobody can try numbers against the other's; where they differ the draw can only be called off.
 */
export class EnteredNumber implements GivenNumber {
  readonly #store: NumberStore;
  readonly #callsOff: boolean;
  readonly #awaited: AwaitedNumber;

  /** @param callsOff whether the draw is called off unless the number is known already */
  constructor(store: NumberStore, log: Log, callsOff: boolean) {
    this.#store = store;
    this.#callsOff = callsOff;
    this.#awaited = new AwaitedNumber(
      log,
      'the operator and the auditor, who enter it once the sale is sealed',
    );
  }

  get view(): NumberView {
    return this.#awaited.view;
  }

  async number(): Promise<number | typeof CALLED_OFF> {
    const outcome = this.#settle();
    const isFirst = !this.#awaited.isAsked;
    this.#awaited.ask();
    if (outcome !== 'known' && this.#callsOff) this.#awaited.settle(CALLED_OFF);
    else if (outcome === 'awaits-other' && isFirst) this.#awaited.tellWaiting();
    return this.#awaited.known;
  }

  enter(by: Overseer, number: number): EntryOutcome {
    if (!this.#awaited.isAsked || this.#callsOff) return 'not-sealed';
    const before = this.#store.entryOf(by);
    if (before !== undefined && before !== number) return 'entered-before';
    if (before === undefined) {
      this.#store.keepEntry(by, number);
      this.#awaited.tellGiven({ from: by });
    }
    return this.#settle();
  }

  offerBeacon(): undefined {
    return undefined;
  }

  /** Compares what was entered. */
  #settle(): 'awaits-other' | 'known' | 'differs' {
    const [one, other] = [this.#store.entryOf('operator'), this.#store.entryOf('auditor')];
    if (one === undefined || other === undefined) return 'awaits-other';
    if (one === other) {
      this.#awaited.settle(one);
      return 'known';
    }
    this.#awaited.block('the operator and the auditor have entered different numbers');
    return 'differs';
  }
}

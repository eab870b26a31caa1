import { setMaxListeners } from 'node:events';

import { MAX_WAITING_WINS } from './limits';

/** The WINs that one connection waits for. */
export class AwaitedWins {
  readonly #controller = new AbortController();
  readonly #ofAgency = new Map<number, number>();

  constructor() {
    // There is a listener for each WIN: they have a bound of their own.
    setMaxListeners(Infinity, this.#controller.signal);
  }

  /** Aborted when nobody waits any more for those that are not being found already. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether another WIN of this agency may be waited for. */
  mayAdd(agency: number): boolean {
    return (this.#ofAgency.get(agency) ?? 0) < MAX_WAITING_WINS;
  }

  add(agency: number): void {
    this.#ofAgency.set(agency, (this.#ofAgency.get(agency) ?? 0) + 1);
  }

  /** One has come, or will not come. */
  settle(agency: number): void {
    const others = (this.#ofAgency.get(agency) ?? 1) - 1;
    if (others > 0) this.#ofAgency.set(agency, others);
    else this.#ofAgency.delete(agency);
  }

  /** Nobody waits any more. */
  abandon(): void {
    this.#controller.abort();
  }
}

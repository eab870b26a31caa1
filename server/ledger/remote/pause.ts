import { Clock } from '../../../program/clock';

/** A pause that another caller may end early. One pause at a time. */
export class Pause {
  readonly #clock: Clock;
  #end: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after this long, or when {@link end} is called. */
  take(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(durationMs, resolve);
      this.#end = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Ends the pause that is being taken, if there is one. */
  end(): void {
    this.#end();
  }
}

import type { Tokens } from './tokens';

/**
 * The tokens that are good now. They can change while the server runs, so nobody keeps what they said: who acts is asked
 * for anew.
 */
export class CurrentTokens {
  #now: Tokens | undefined;
  readonly #listeners: (() => void)[] = [];

  /** @param now `undefined` where there are none, and it counts from where somebody comes */
  constructor(now: Tokens | undefined) {
    this.#now = now;
  }

  /** The tokens that are good now; `undefined` where there are none. */
  get now(): Tokens | undefined {
    return this.#now;
  }

  /** Puts others in their place, and tells the listeners. */
  replace(tokens: Tokens): void {
    this.#now = tokens;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change, as long as the server runs. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

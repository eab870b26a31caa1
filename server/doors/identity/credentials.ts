import type { Tokens } from './tokens';

/**
 * The credentials that are good now. They can change while the server runs, so nobody keeps what they said: who acts is
 * asked for anew.
 */
export class Credentials {
  #tokens: Tokens | undefined;
  readonly #listeners: (() => void)[] = [];

  /** @param tokens `undefined` where there are none, and it counts from where somebody comes */
  constructor(tokens: Tokens | undefined) {
    this.#tokens = tokens;
  }

  /** The tokens that are good now. */
  get tokens(): Tokens | undefined {
    return this.#tokens;
  }

  /** Puts others in their place, and tells the listeners. */
  replace(tokens: Tokens): void {
    this.#tokens = tokens;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change, as long as the server runs. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

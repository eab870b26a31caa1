/** Work on one thing at a time: what concerns others is not held up. */
export class KeyedTurns {
  readonly #lastOf = new Map<string, Promise<unknown>>();

  /** Does a piece of work when all that was asked for before under this key is done, whatever has come of it. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#lastOf.get(key);
    const done = before === undefined ? work() : before.then(work, work);
    this.#lastOf.set(key, done);
    try {
      return await done;
    } finally {
      if (this.#lastOf.get(key) === done) this.#lastOf.delete(key);
    }
  }
}

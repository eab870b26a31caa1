/** A pause that somebody else may end early: one at a time. */
export class Pause {
  #end: () => void = () => undefined;

  /** Resolves after so long, or when it is ended. */
  take(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the pause that is being taken, if there is one. */
  end(): void {
    this.#end();
  }
}

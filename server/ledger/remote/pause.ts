/** A pause that another caller may end early. One pause at a time. */
export class Pause {
  #end: () => void = () => undefined;

  /** Resolves after this long, or when {@link end} is called. */
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

/** Makes a call once when the code that runs now has ended, however often it is asked for until then. */
export class EndOfTurn {
  readonly #run: () => void;
  #isRequested = false;

  constructor(call: () => void) {
    this.#run = () => {
      this.#isRequested = false;
      call();
    };
  }

  request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    process.nextTick(this.#run);
  }
}

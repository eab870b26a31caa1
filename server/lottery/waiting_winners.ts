import { ProtocolError } from '../../protocol/error_codes';

/** Each answer leaves a line in the ledger's audit log: so many are asked for together. */
const MAX_ASKED_TOGETHER = 4_096;

interface Waiting {
  readonly agency: number;
  readonly resolve: (documents: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Those who have finished and wait for their winners. They are served in the order in which they came. */
export class WaitingWinners {
  readonly #ask: (agency: number) => Promise<string>;
  readonly #waiting = new Set<Waiting>();
  #isDecided = false;

  /**
   * @param ask an agency's winners, once the draw is decided
   * @param decided resolves when it is
   */
  constructor(ask: (agency: number) => Promise<string>, decided: Promise<unknown>) {
    this.#ask = ask;
    void decided.then(() => this.#serve());
  }

  /**
   * The documents of an agency's winners, once the draw is decided.
   *
   * @param signal aborted when nobody waits any more
   * @throws ProtocolError as `ask` does, or `unavailable` when it was aborted
   */
  wait(agency: number, signal: AbortSignal): Promise<string> {
    if (this.#isDecided) return this.#ask(agency);
    return new Promise((resolve, reject) => {
      const waiting = { agency, resolve, reject };
      const leave = (): void => {
        if (this.#waiting.delete(waiting)) reject(tooLong());
      };
      this.#waiting.add(waiting);
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  async #serve(): Promise<void> {
    this.#isDecided = true;
    const all = [...this.#waiting];
    for (let first = 0; first < all.length; first += MAX_ASKED_TOGETHER) {
      const asked = all.slice(first, first + MAX_ASKED_TOGETHER).filter((each) => this.#waiting.delete(each));
      await Promise.all(asked.map(({ agency, resolve, reject }) => this.#ask(agency).then(resolve, reject)));
    }
  }
}

/** Told to who still waits when its door gives up, such as over HTTP after 30 seconds. */
function tooLong(): ProtocolError {
  return new ProtocolError('unavailable', 'the draw takes longer than an answer can wait: ask again later');
}

/** Rejected, with `unavailable`, when the signal is aborted; pending for ever without one. */
export function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(tooLong());
    if (signal?.aborted === true) fail();
    signal?.addEventListener('abort', fail, { once: true });
  });
}

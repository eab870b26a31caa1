/** Bets as agencies usually write them, checked in WebAssembly: many bytes in one step (PROTOCOL.md, R5). */
import { AssemblyModule } from './assembly_module';

/**
 * Finds how many bets from the first on are surely good. It decides nothing else: what it stops at may be good too.
 * One of them is for one thread.
 */
export class BetScanner {
  readonly #assembly = AssemblyModule.load();
  #betCount = 0;

  /** Whether this machine can do it: an old processor cannot. */
  get isAvailable(): boolean {
    return this.#assembly !== undefined;
  }

  /** How many bets the last `scan` has found good: 0 to 9,999. */
  get betCount(): number {
    return this.#betCount;
  }

  /**
   * Looks at bets of one agency, the first one's. That names are UTF-8 is not looked at.
   *
   * @param payload `;` and a bet, for each bet
   * @returns the offset behind the bets that are good: that of a `;`, or the payload's length
   */
  scan(payload: Uint8Array): number {
    this.#betCount = 0;
    if (this.#assembly?.put(payload) !== true) return 0;
    const { code } = this.#assembly;
    const end = code.scan(payload.length);
    this.#betCount = code.betCount();
    return end;
  }
}

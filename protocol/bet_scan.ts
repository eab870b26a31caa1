/** Bets as agencies usually write them, checked in WebAssembly: many bytes in one step (PROTOCOL.md, R5). */
import { BET_SCAN_CODE } from './bet_scan_code';

/** What the code reads behind the bets, and less than the page that its memory has for that. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The exports of `assembly/bet_scan.ts`. */
interface Scan {
  readonly memory: { readonly buffer: ArrayBuffer };
  scan(endBytes: number): number;
  betCount(): number;
}

/** The part of WebAssembly that is used here; it is missing where Node was told to make no machine code. */
declare const WebAssembly:
  | {
      readonly Module: new (code: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: unknown };
    }
  | undefined;

/**
 * Finds how many bets from the first on are surely good. It decides nothing else: what it stops at may be good too.
 * One of them is for one thread; its memory is a MiB, of which the system gives what was used.
 */
export class BetScanner {
  readonly #scan: Scan | undefined = load();
  readonly #memory = new Uint8Array(this.#scan?.memory.buffer ?? new ArrayBuffer(0));
  #betCount = 0;

  /** Whether this machine can do it: an old processor cannot. */
  get isAvailable(): boolean {
    return this.#scan !== undefined;
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
    if (this.#scan === undefined || payload.length + READ_AHEAD_BYTES > this.#memory.length) return 0;
    this.#memory.set(payload);
    const end = this.#scan.scan(payload.length);
    this.#betCount = this.#scan.betCount();
    return end;
  }
}

function load(): Scan | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  try {
    const module = new WebAssembly.Module(Buffer.from(BET_SCAN_CODE, 'base64'));
    return new WebAssembly.Instance(module).exports as Scan;
  } catch {
    // The processor has not the instructions for many bytes at once.
    return undefined;
  }
}

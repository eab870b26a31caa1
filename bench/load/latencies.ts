/** Bounds of the classes: below 2^7 µs one for each microsecond, above it 128 for each doubling. */
const PRECISION_BITS = 7;
const CLASSES = 32 << PRECISION_BITS;

/** Counts latencies in classes of less than 1 % of their value: any number of them in fixed memory. */
export class Latencies {
  readonly #counts = new Float64Array(CLASSES);
  #total = 0;

  /** @param latencyMs milliseconds */
  add(latencyMs: number): void {
    this.#counts[classOf(Math.max(0, Math.round(latencyMs * 1_000)))]!++;
    this.#total++;
  }

  /**
   * The latency that the given share of all did not exceed.
   *
   * @param share 0 to 1
   * @returns milliseconds, 0 when there are none
   */
  quantileMs(share: number): number {
    const wanted = Math.ceil(share * this.#total);
    let seen = 0;
    for (let index = 0; index < CLASSES; index++) {
      seen += this.#counts[index]!;
      if (seen >= wanted && seen > 0) return highestOf(index) / 1_000;
    }
    return 0;
  }
}

function classOf(microseconds: number): number {
  const bits = 32 - Math.clz32(microseconds);
  if (bits <= PRECISION_BITS) return microseconds;
  const shift = bits - PRECISION_BITS - 1;
  return ((shift + 1) << PRECISION_BITS) + (microseconds >>> shift) - (1 << PRECISION_BITS);
}

function highestOf(index: number): number {
  if (index < 1 << PRECISION_BITS) return index;
  const shift = (index >>> PRECISION_BITS) - 1;
  const mantissa = (index & ((1 << PRECISION_BITS) - 1)) + (1 << PRECISION_BITS);
  return (mantissa + 1) * 2 ** shift - 1;
}

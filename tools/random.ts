/**
 * Random numbers that are the same on every machine and in every version of Node: xoshiro128**, 128 bits of
 * state, 32-bit integer arithmetic only.
 */

const WORDS = 0x1_0000_0000;
const GOLDEN_RATIO = 0x9e3779b9;

/** A stream of random numbers. Two streams with the same key give the same numbers. */
export class Random {
  private first: number;
  private second: number;
  private third: number;
  private fourth: number;

  /**
   * @param seed 0 to 4,294,967,295
   * @param purpose what the numbers are for, 0 to 4,294,967,295: streams of one seed with different purposes have
   *   nothing in common
   * @param member 0 to 4,294,967,295: which stream of this purpose; two members never share a stream
   */
  constructor(seed: number, purpose = 0, member = 0) {
    // Each step maps 32 bits one to one, so that two members of a purpose never collide.
    const key = scramble(scramble(scramble(seed) ^ purpose) ^ member);
    this.first = scramble(key + GOLDEN_RATIO);
    this.second = scramble(key + 2 * GOLDEN_RATIO);
    this.third = scramble(key + 3 * GOLDEN_RATIO);
    this.fourth = scramble(key + 4 * GOLDEN_RATIO);
  }

  /** The next 32 bits, as 0 to 4,294,967,295. */
  word(): number {
    const answer = Math.imul(rotateLeft(Math.imul(this.second, 5), 7), 9) >>> 0;
    const shifted = this.second << 9;
    this.third ^= this.first;
    this.fourth ^= this.second;
    this.second ^= this.third;
    this.first ^= this.fourth;
    this.third ^= shifted;
    this.fourth = rotateLeft(this.fourth, 11);
    return answer;
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    return this.word() / WORDS;
  }

  /** One of 0 to `bound` - 1, all equally likely. `bound` is 1 to 4,294,967,296. */
  below(bound: number): number {
    // Without this rejection the low numbers would be slightly more likely.
    const limit = WORDS - (WORDS % bound);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % bound;
  }

  /** True with a probability of `perThousand` in a thousand. */
  chance(perThousand: number): boolean {
    return this.below(1000) < perThousand;
  }

  /**
   * An item of the list, all equally likely.
   *
   * @throws RangeError when the list is empty
   */
  pick<Item>(list: readonly Item[]): Item {
    return itemAt(list, this.below(Math.max(list.length, 1)));
  }

  /**
   * An item of the list, the earlier ones more often: the first of n items about 2n times as often as the last.
   *
   * @throws RangeError when the list is empty
   */
  pickEarly<Item>(list: readonly Item[]): Item {
    const length = Math.max(list.length, 1);
    return itemAt(list, Math.min(this.below(length), this.below(length)));
  }

  /** At most `count` items of the list, each at most once, in random order. */
  sample<Item>(list: readonly Item[], count: number): Item[] {
    const left = [...list];
    const chosen: Item[] = [];
    while (chosen.length < count && left.length > 0) {
      const index = this.below(left.length);
      chosen.push(itemAt(left, index));
      left[index] = itemAt(left, left.length - 1);
      left.pop();
    }
    return chosen;
  }
}

function itemAt<Item>(list: readonly Item[], index: number): Item {
  const item = list[index];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Maps 32 bits to 32 bits, one to one, so that neighbours end up far apart. */
function scramble(word: number): number {
  let bits = word >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** The smallest of 1, 2 and 5 times a power of ten that is at least `value`, and at least 1. */
export function niceCeiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

/** The ends of an axis that starts at 0. */
export function rangeFromZero(maximum: number | null): [number, number] {
  return [0, Math.max(1, (maximum ?? 0) * 1.08)];
}

/**
 * The ends of an axis for values that only grow: from 0, unless they have grown by so little that it could not be seen.
 */
export function rangeOfGrowth(minimum: number | null, maximum: number | null): [number, number] {
  const low = minimum ?? 0;
  const high = maximum ?? 0;
  if (low < high / 2 || low === high) return rangeFromZero(maximum);
  const room = (high - low) * 0.08;
  return [low - room, high + room];
}

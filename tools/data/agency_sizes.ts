/** How many bets each agency has. */

/**
 * Splits the bets over the agencies as in a country: the first has the most, the last almost none. Each agency has at
 * least one bet; if there are fewer bets than agencies, the first ones have one each. The sum is exact.
 *
 * @param agencies how many, from 1 on
 * @param bets how many in all, from 0 on
 * @returns the number of bets of each agency
 */
export function agencySizes(agencies: number, bets: number): number[] {
  if (bets < agencies) return Array.from({ length: agencies }, (_, index) => (index < bets ? 1 : 0));
  return shares(weights(agencies), bets - agencies).map((share) => share + 1);
}

/**
 * With u falling from 1 at the first agency to 0 at the last, a weight is u + u(1 - u) / 2 + 0.03, here times
 * 100 (agencies - 1)² to stay with whole numbers.
 */
function weights(agencies: number): bigint[] {
  const steps = BigInt(Math.max(agencies - 1, 1));
  return Array.from({ length: agencies }, (_, index) => {
    const step = BigInt(agencies - 1 - index);
    return 150n * step * steps - 50n * step * step + 3n * steps * steps;
  });
}

/** Splits `total` by weight into whole shares: what rounding down leaves goes to the largest remainders. */
function shares(weights: readonly bigint[], total: number): number[] {
  const sum = weights.reduce((left, right) => left + right, 0n);
  const exact = weights.map((weight) => weight * BigInt(total));
  const rounded = exact.map((product) => Number(product / sum));
  const left = total - rounded.reduce((one, other) => one + other, 0);
  const byRemainder = exact
    .map((product, index) => ({ remainder: product % sum, index }))
    .sort((one, other) => Number(other.remainder > one.remainder) - Number(other.remainder < one.remainder));
  for (const { index } of byRemainder.slice(0, left)) rounded[index]!++;
  return rounded;
}

import type { Party } from '../party';
import { digestOf, Tokens } from '../tokens';

/** The tokens of these holders: one each. For tests. */
export function tokensOf(...held: readonly (readonly [holder: Party, token: string])[]): Tokens {
  return new Tokens(new Map(held.map(([holder, token]) => [holder, [digestOf(token)]])));
}

/** Who has a token: tokens are known by their digests alone. */
import { createHash, timingSafeEqual } from 'node:crypto';

import type { Party } from './party';

/** What a token may be. */
export const TOKEN = /^[A-Za-z0-9._~+/=-]{16,256}$/;
/** The same, in words. */
export const TOKEN_RULE = '16 to 256 letters, digits and . _ ~ + / = -';

/** How many digits of a digest are used to look its token up; then the whole digest is compared. */
const INDEX_DIGITS = 32;

/**
 * The SHA-256 of a token's ASCII bytes, in 64 hexadecimal digits. Tokens are 32 random bytes: nobody can find one by
 * trying, so that a salt or a slow function, as for passwords, would add nothing.
 */
export function digestOf(token: string): string {
  return createHash('sha256').update(token, 'latin1').digest('hex');
}

interface KnownToken {
  readonly holder: Party;
  readonly digest: Buffer;
}

/** The tokens of a lottery. */
export class Tokens {
  readonly #known = new Map<string, KnownToken>();

  /** @param digests as of {@link digestOf}: those of each holder, each a different one */
  constructor(digests: ReadonlyMap<Party, readonly string[]>) {
    for (const [holder, held] of digests) {
      for (const digest of held) {
        this.#known.set(indexOf(digest), { holder, digest: Buffer.from(digest, 'latin1') });
      }
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#known.size;
  }

  /** The holder of a token; `undefined` for an unknown one. How long it takes tells nothing about tokens. */
  holderOf(token: string): Party | undefined {
    return this.holderOfDigest(digestOf(token));
  }

  /** The same for a token that is known by its digest. */
  holderOfDigest(digest: string): Party | undefined {
    const known = this.#known.get(indexOf(digest));
    if (known === undefined || digest.length !== known.digest.length) return undefined;
    return timingSafeEqual(known.digest, Buffer.from(digest, 'latin1')) ? known.holder : undefined;
  }
}

function indexOf(digest: string): string {
  return digest.slice(0, INDEX_DIGITS);
}

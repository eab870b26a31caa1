/** Who has a token: tokens are known by their digests alone. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Party } from './party';

/** What a token may be. */
export const TOKEN = /^[A-Za-z0-9._~+/=-]{16,256}$/;
/** The same, in words. */
export const TOKEN_RULE = '16 to 256 letters, digits and . _ ~ + / = -';

const KEY_BYTES = 32;
/** How much of a digest is used to look its token up; then the whole digest is compared. */
const INDEX_BYTES = 16;

/**
 * The SHA-256 of a token's ASCII bytes, in 64 hexadecimal digits. Tokens are 32 random bytes: nobody can find one by
 * trying, so that a salt or a slow function, as for passwords, would add nothing.
 */
export function digestOf(token: string): string {
  return createHash('sha256').update(token, 'latin1').digest('hex');
}

interface KnownToken {
  readonly holder: Party;
  readonly sealed: Buffer;
}

/**
 * The tokens of a lottery. Their digests are kept under a key of this process (HMAC): how long a look-up takes tells
 * nothing of them to somebody who can compute the digest of what they send.
 */
export class Tokens {
  readonly #key = randomBytes(KEY_BYTES);
  readonly #known = new Map<string, KnownToken>();

  /** @param digests as of {@link digestOf}: those of each holder, each a different one */
  constructor(digests: ReadonlyMap<Party, readonly string[]>) {
    for (const [holder, held] of digests) {
      for (const digest of held) {
        const sealed = this.#seal(digest);
        this.#known.set(indexOf(sealed), { holder, sealed });
      }
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#known.size;
  }

  /** The holder of a token; `undefined` for an unknown one. The time it takes reveals nothing about the tokens. */
  holderOf(token: string): Party | undefined {
    return this.holderOfDigest(digestOf(token));
  }

  /** The same for a token that is known by its digest. */
  holderOfDigest(digest: string): Party | undefined {
    const sealed = this.#seal(digest);
    const known = this.#known.get(indexOf(sealed));
    return known !== undefined && timingSafeEqual(known.sealed, sealed) ? known.holder : undefined;
  }

  #seal(digest: string): Buffer {
    return createHmac('sha256', this.#key).update(digest, 'latin1').digest();
  }
}

function indexOf(sealed: Buffer): string {
  return sealed.toString('latin1', 0, INDEX_BYTES);
}

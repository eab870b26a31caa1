/** Who may bet over HTTP: reads the token file, and finds the holder of a token. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { parse } from 'ini';

import { ConfigurationError, oneLine } from '../../../../program/exit';

/** The holder of the token that is good for every agency. */
export const OPERATOR = 'operator';

/** Whose a token is: the operator's, or an agency's. */
export type TokenHolder = typeof OPERATOR | number;

const TOKEN = /^[A-Za-z0-9._~+/=-]{16,256}$/;
const TOKEN_RULE = '16 to 256 letters, digits and . _ ~ + / = -';
const KEY_BYTES = 32;
/** How much of a digest is used to look its token up; then the whole digest is compared. */
const INDEX_BYTES = 16;

interface KnownToken {
  readonly holder: TokenHolder;
  readonly digest: Buffer;
}

/** The tokens of a lottery, kept as keyed digests (HMAC) under a key of this process. */
export class Tokens {
  readonly #key = randomBytes(KEY_BYTES);
  readonly #known = new Map<string, KnownToken>();

  /** @param tokens each a different one */
  constructor(tokens: ReadonlyMap<TokenHolder, string>) {
    for (const [holder, token] of tokens) {
      const digest = this.#digest(token);
      this.#known.set(indexOf(digest), { holder, digest });
    }
  }

  /** The holder of a token; `undefined` for an unknown one. The time it takes reveals nothing about the tokens. */
  holderOf(token: string): TokenHolder | undefined {
    const digest = this.#digest(token);
    const known = this.#known.get(indexOf(digest));
    return known !== undefined && timingSafeEqual(known.digest, digest) ? known.holder : undefined;
  }

  #digest(token: string): Buffer {
    return createHmac('sha256', this.#key).update(token).digest();
  }
}

/**
 * Reads a token file: lines `operator = TOKEN` and `AGENCY = TOKEN`; `#` and `;` start a comment.
 *
 * @param agencies how many agencies the lottery has
 * @throws ConfigurationError with one line that shows no token
 */
export function readTokens(file: string, agencies: number): Tokens {
  const tokens = new Map<TokenHolder, string>();
  const holders = new Map<string, TokenHolder>();
  for (const [name, value] of Object.entries(parseFile(file))) {
    const holder = holderNamed(name, agencies);
    // The name may be a misplaced token, so it is not shown.
    if (holder === undefined) throw wrong(file, `an entry is named neither ${OPERATOR} nor 1 to ${agencies}`);
    if (Array.isArray(value)) throw wrong(file, `${holder}: stands there more than once`);
    if (typeof value !== 'string' || !TOKEN.test(value)) {
      throw wrong(file, `${holder}: the token is wrong; allowed is ${TOKEN_RULE}`);
    }
    const other = holders.get(value);
    if (other !== undefined) throw wrong(file, `${holder}: has the same token as ${other}`);
    tokens.set(holder, value);
    holders.set(value, holder);
  }
  if (tokens.size === 0) throw wrong(file, 'holds no token');
  return new Tokens(tokens);
}

function indexOf(digest: Buffer): string {
  return digest.toString('latin1', 0, INDEX_BYTES);
}

function parseFile(file: string): Record<string, unknown> {
  try {
    // With this option, a name that appears twice has a list as its value.
    return parse(readFileSync(file, 'utf8'), { bracketedArray: false });
  } catch (error) {
    throw wrong(file, `cannot be read: ${oneLine(error)}`);
  }
}

function holderNamed(name: string, agencies: number): TokenHolder | undefined {
  if (name === OPERATOR) return OPERATOR;
  const agency = /^[1-9][0-9]{0,14}$/.test(name) ? Number(name) : 0;
  return agency >= 1 && agency <= agencies ? agency : undefined;
}

function wrong(file: string, what: string): ConfigurationError {
  return new ConfigurationError(`${file}: ${what}`);
}

/** Who may bet over HTTP: reads the token file, and finds the holder of a token. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { ConfigurationError } from '../../../../program/exit';
import { readIniFile } from '../../../../program/ini_file';

/** The holder of the token that is good for every agency. */
export const OPERATOR = 'operator';

/** Whose a token is: the operator's, or an agency's. */
export type TokenHolder = typeof OPERATOR | number;

const TOKEN = /^[A-Za-z0-9._~+/=-]{16,256}$/;
const TOKEN_RULE = '16 to 256 letters, digits and . _ ~ + / = -';
/** What names a holder. A token in its place is not one of these, and not shown. */
const HOLDER = /^[A-Za-z0-9]{1,15}$/;
const KEY_BYTES = 32;
/** Permission bits of `stat`. */
const WRITABLE_BY_OTHERS = 0o002;
const OPEN_TO_GROUP_OR_OTHERS = 0o026;
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
 * @param warn told when others than the file's owner may read it, or its group may write it
 * @throws ConfigurationError with one line that shows no token, also when everybody may write the file
 */
export function readTokens(file: string, agencies: number, warn: (reason: string) => void = ignore): Tokens {
  const { values, mode } = readIniFile(file, { key: HOLDER, hasTrailingComments: true });
  checkMode(file, mode, warn);
  const tokens = new Map<TokenHolder, string>();
  const holders = new Map<string, TokenHolder>();
  for (const [name, value] of values) {
    const holder = holderNamed(name, agencies);
    // The name may be a misplaced token, so it is not shown.
    if (holder === undefined) throw wrong(file, `an entry is named neither ${OPERATOR} nor 1 to ${agencies}`);
    if (!TOKEN.test(value)) throw wrong(file, `${holder}: the token is wrong; allowed is ${TOKEN_RULE}`);
    const other = holders.get(value);
    if (other !== undefined) throw wrong(file, `${holder}: has the same token as ${other}`);
    tokens.set(holder, value);
    holders.set(value, holder);
  }
  if (tokens.size === 0) throw wrong(file, 'holds no token');
  return new Tokens(tokens);
}

/** Whoever may write the file can bet for everybody; whoever may read it as well, but that may be meant. */
function checkMode(file: string, mode: number, warn: (reason: string) => void): void {
  // There the bits say nothing.
  if (process.platform === 'win32') return;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw wrong(
      file,
      'everybody may write it, and so bet for everybody; allow it to its owner alone (chmod 600)',
    );
  }
  if ((mode & OPEN_TO_GROUP_OR_OTHERS) !== 0) {
    warn(`${file}: others than its owner may ${(mode & 0o004) === 0 ? 'write' : 'read'} it (chmod 600)`);
  }
}

function ignore(): void {
  // Nobody wants to know.
}

function indexOf(digest: Buffer): string {
  return digest.toString('latin1', 0, INDEX_BYTES);
}

function holderNamed(name: string, agencies: number): TokenHolder | undefined {
  if (name === OPERATOR) return OPERATOR;
  const agency = /^[1-9][0-9]{0,14}$/.test(name) ? Number(name) : 0;
  return agency >= 1 && agency <= agencies ? agency : undefined;
}

function wrong(file: string, what: string): ConfigurationError {
  return new ConfigurationError(`${file}: ${what}`);
}

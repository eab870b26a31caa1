/** Reads the file that says who has which token. */
import { ConfigurationError } from '../../../program/exit';
import { readIniFile } from '../../../program/ini_file';
import { AUDITOR, OPERATOR, Party, partyNamed } from './party';
import { digestOf, TOKEN, TOKEN_RULE, Tokens } from './tokens';

/** How many tokens one party may have: during a change, the old one and the new one. */
export const MAX_TOKENS_OF_PARTY = 2;

/** What a digest begins with in the file. */
const DIGEST_MARK = 'sha256:';
const DIGEST = /^sha256:([0-9A-Fa-f]{64})$/;
const SEPARATOR = /[ \t]*,[ \t]*|[ \t]+/;
/** What names a holder. A token in its place is not one of these, and not shown. */
const HOLDER = /^[A-Za-z0-9]{1,15}$/;
/** Permission bits of `stat`. */
const WRITABLE_BY_OTHERS = 0o002;
const OPEN_TO_GROUP_OR_OTHERS = 0o026;

/** What stands in a file of tokens. */
export interface TokensFile {
  /** The digests of each holder's tokens, in their order. */
  readonly digests: ReadonlyMap<Party, readonly string[]>;
  /** Whether some stand there as they are, and not as digests. */
  readonly hasPlainTokens: boolean;
}

/** What a holder's line has behind its `=`. @param digests as of `digestOf` */
export function textOfDigests(digests: readonly string[]): string {
  return digests.map((digest) => DIGEST_MARK + digest).join(' ');
}

/**
 * Reads a file of tokens: lines `HOLDER = sha256:DIGEST`, where the holder is `operator`, `auditor` or an agency's number;
 * `#` and `;` start a comment. A holder may have two tokens, separated by a space or a comma. In the place of a digest the
 * token itself may stand.
 *
 * @param agencies how many agencies the lottery has
 * @param warn told when others than the file's owner may read it, or its group may write it
 * @throws ConfigurationError with one line that shows no token, also when everybody may write the file
 */
export function readTokensFile(
  file: string,
  agencies: number,
  warn: (reason: string) => void = ignore,
): TokensFile {
  const { values, mode } = readIniFile(file, { key: HOLDER, hasTrailingComments: true });
  checkMode(file, mode, warn);
  const digests = new Map<Party, readonly string[]>();
  const holders = new Map<string, Party>();
  let hasPlainTokens = false;
  for (const [name, value] of values) {
    const holder = partyNamed(name, agencies);
    // The name may be a misplaced token, so it is not shown.
    if (holder === undefined) {
      throw wrong(file, `an entry is named neither ${OPERATOR}, ${AUDITOR} nor 1 to ${agencies}`);
    }
    const words = value.split(SEPARATOR);
    if (words.length > MAX_TOKENS_OF_PARTY) throw wrong(file, `${holder}: has more than two tokens`);
    const held = words.map((word) => digestIn(word, `${file}: ${holder}`));
    for (const digest of held) {
      const other = holders.get(digest);
      if (other !== undefined) throw wrong(file, `${holder}: has the same token as ${other}`);
      holders.set(digest, holder);
    }
    hasPlainTokens ||= words.some((word) => TOKEN.test(word));
    digests.set(holder, held);
  }
  if (digests.size === 0) throw wrong(file, 'holds no token');
  return { digests, hasPlainTokens };
}

/** The files that HTTP_TOKENS_FILE names: one, or several, separated by commas. */
export function tokensFilesIn(text: string): string[] {
  return text.split(',').map((file) => file.trim());
}

/**
 * Reads files of tokens for a server, each as {@link readTokensFile}. A holder that stands in several has all of these tokens.
 *
 * @param files as {@link tokensFilesIn}
 * @param warn told, besides, how plain tokens in a file are replaced by digests
 * @throws ConfigurationError as {@link readTokensFile}, and where a token is one holder's here and another's there
 */
export function readTokens(files: string, agencies: number, warn: (reason: string) => void = ignore): Tokens {
  const all = new Map<Party, readonly string[]>();
  const holders = new Map<string, Party>();
  for (const file of tokensFilesIn(files)) {
    const { digests, hasPlainTokens } = readTokensFile(file, agencies, warn);
    if (hasPlainTokens) {
      warn(
        `${file}: has tokens that whoever reads it can use; npm run tokens -- --convert --out ${file} puts their digests ` +
          'in their place',
      );
    }
    for (const [holder, held] of digests) {
      for (const digest of held) {
        const other = holders.get(digest);
        if (other !== undefined)
          throw wrong(file, `${holder}: has the same token as ${other} in another file`);
        holders.set(digest, holder);
      }
      all.set(holder, [...(all.get(holder) ?? []), ...held]);
    }
  }
  return new Tokens(all);
}

/** @param place what a mistake is said of */
function digestIn(word: string, place: string): string {
  const [, digest] = DIGEST.exec(word) ?? [];
  if (digest !== undefined) return digest.toLowerCase();
  if (TOKEN.test(word)) return digestOf(word);
  throw new ConfigurationError(
    word.startsWith(DIGEST_MARK)
      ? `${place}: the digest is wrong; allowed is ${DIGEST_MARK} and 64 hexadecimal digits`
      : `${place}: the token is wrong; allowed is ${TOKEN_RULE}, or ${DIGEST_MARK} and its digest`,
  );
}

/** Whoever may write the file can bet for everybody; whoever may read an older one as well, but that may be meant. */
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

function wrong(file: string, what: string): ConfigurationError {
  return new ConfigurationError(`${file}: ${what}`);
}

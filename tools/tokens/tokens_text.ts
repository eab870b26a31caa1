/** The text of a file of tokens: a new one, and one that is changed in some of its lines. */
import { randomBytes } from 'node:crypto';

import { AUDITOR, OPERATOR, Party } from '../../server/doors/identity/party';
import { textOfDigests } from '../../server/doors/identity/tokens_file';

const TOKEN_BYTES = 32;
const ENTRY = /^[ \t]*([A-Za-z0-9]+)[ \t]*=[ \t]*(.*?)([ \t]+[;#].*)?[ \t]*$/;

/** A new token: 32 random bytes, which nobody can guess. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** The operator, the auditor and so many agencies. */
export function* allHolders(agencies: number): Generator<Party, void> {
  yield OPERATOR;
  yield AUDITOR;
  for (let agency = 1; agency <= agencies; agency++) yield agency;
}

/** A file with the digests of these holders, as `readTokensFile` reads it. */
export function* newText(digests: ReadonlyMap<Party, readonly string[]>): Generator<string, void> {
  yield '# Who may bet, and read what was sold, over HTTP and memcached: the SHA-256 digests of their tokens.\n';
  for (const [holder, held] of digests) yield `${holder} = ${textOfDigests(held)}\n`;
}

/**
 * A file with other digests in it. Comments and the order of the lines stay as they are.
 *
 * @param text of a file that `readTokensFile` takes
 * @param digests of everybody: whoever is not among them has no line, and who had none has one at the end
 */
export function changedText(text: string, digests: ReadonlyMap<Party, readonly string[]>): string {
  const left = new Map([...digests].map(([holder, held]) => [String(holder), textOfDigests(held)]));
  const lines: string[] = [];
  for (const line of text.replace(/[\r\n]+$/, '').split(/\r\n|\r|\n/)) {
    const [, holder, , comment = ''] = ENTRY.exec(line) ?? [];
    if (holder === undefined) {
      lines.push(line);
      continue;
    }
    const held = left.get(holder);
    if (held !== undefined) lines.push(`${holder} = ${held}${comment}`);
    left.delete(holder);
  }
  for (const [holder, held] of left) lines.push(`${holder} = ${held}`);
  return `${lines.join('\n')}\n`;
}

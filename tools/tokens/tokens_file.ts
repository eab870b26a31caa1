import { randomBytes } from 'node:crypto';

import { OPERATOR } from '../../server/doors/http/requests/tokens';

const TOKEN_BYTES = 32;

/** A file of new random tokens, as `readTokens` reads it: the operator's, and one for each agency from 1 on. */
export function* tokensFile(agencies: number): Generator<string, void> {
  yield `# Who may bet over HTTP. Whoever reads this file can bet for everybody: keep it to the server.\n`;
  yield entry(OPERATOR);
  for (let agency = 1; agency <= agencies; agency++) yield entry(agency);
}

function entry(holder: typeof OPERATOR | number): string {
  return `${holder} = ${randomBytes(TOKEN_BYTES).toString('base64url')}\n`;
}

/** What is changed in a file of tokens. */
import { ConfigurationError } from '../../program/exit';
import type { Party } from '../../server/doors/identity/party';
import { digestOf } from '../../server/doors/identity/tokens';
import type { TokensTask } from './arguments';
import { newToken } from './tokens_text';

/** The digests of everybody's tokens, the newer one of a holder first. */
export type Digests = ReadonlyMap<Party, readonly string[]>;

/** A change of a file that is there. */
export type TokensChange = Exclude<TokensTask, { readonly kind: 'create' }>;

/** What comes of a change. */
export interface Changed {
  readonly digests: Digests;
  /** The new tokens of those who got some. */
  readonly tokens: ReadonlyMap<Party, string>;
  /** What has happened, in words. */
  readonly summary: string;
}

/**
 * Carries out a change.
 *
 * @param before what was in the file
 * @throws ConfigurationError when a holder has not what is to be ended, or nobody would have a token
 */
export function changed(before: Digests, change: TokensChange): Changed {
  const digests = new Map(before);
  switch (change.kind) {
    case 'renew':
      return renewed(digests, change.holders, change.keepsOld);
    case 'drop-old':
      for (const holder of change.holders) digests.set(holder, withoutOld(digests, holder));
      return {
        digests,
        tokens: new Map(),
        summary: `ended: the older token of ${change.holders.join(', ')}`,
      };
    case 'revoke':
      for (const holder of change.holders) {
        if (!digests.delete(holder)) throw new ConfigurationError(`--revoke: ${holder} has no token there`);
      }
      if (digests.size === 0) throw new ConfigurationError('--revoke: nobody would have a token any more');
      return { digests, tokens: new Map(), summary: `ended: all tokens of ${change.holders.join(', ')}` };
    case 'convert':
      return { digests, tokens: new Map(), summary: 'holds digests alone; all tokens are good as before' };
  }
}

function renewed(
  digests: Map<Party, readonly string[]>,
  holders: readonly Party[],
  keepsOld: boolean,
): Changed {
  const tokens = new Map(holders.map((holder) => [holder, newToken()]));
  for (const [holder, token] of tokens) {
    const old = keepsOld ? (digests.get(holder) ?? []).slice(0, 1) : [];
    digests.set(holder, [digestOf(token), ...old]);
  }
  const old = keepsOld ? 'the old ones are good until --drop-old' : 'the old ones are good no more';
  return {
    digests,
    tokens,
    summary: `holds the digests of these new tokens, which are shown only now; ${old}`,
  };
}

function withoutOld(digests: Digests, holder: Party): readonly string[] {
  const [newer, older] = digests.get(holder) ?? [];
  if (newer !== undefined && older !== undefined) return [newer];
  throw new ConfigurationError(`--drop-old: ${holder} has no older token there`);
}

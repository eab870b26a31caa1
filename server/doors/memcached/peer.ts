import type { Right } from '../../telemetry/presence';
import type { CurrentTokens } from '../identity/current_tokens';
import { AUDITOR, LOTTERY, mayRead, mayWrite, OPERATOR, Party } from '../identity/party';
import { digestOf, Tokens } from '../identity/tokens';
import { Refusal } from '../http/refusals/problem';
import type { Target } from './targets';

/** Who is at the other end of a connection: an agency, the operator or the auditor. */
export class Peer {
  readonly party: Party;
  readonly #digest: string | undefined;
  /** Those among which its token was found last. */
  #foundIn: Tokens | undefined;

  /**
   * @param digest of the token with which it said who it is; `undefined` where there are no tokens
   * @param foundIn the tokens among which it is
   */
  constructor(party: Party, digest?: string, foundIn?: Tokens) {
    this.party = party;
    this.#digest = digest;
    this.#foundIn = foundIn;
  }

  /** How it is known who it is. */
  get right(): Right {
    return this.#digest === undefined ? 'none' : 'token';
  }

  /** Whether what it said is still good: its token is a token of the same party. */
  isGood({ now }: CurrentTokens): boolean {
    if (now === this.#foundIn) return true;
    if (this.#digest === undefined || now?.holderOfDigest(this.#digest) !== this.party) return false;
    this.#foundIn = now;
    return true;
  }

  /** Whose the notes are that it names without a path. */
  get owner(): number {
    return typeof this.party === 'number' ? this.party : LOTTERY;
  }

  /** Whether it may read this. */
  mayRead(target: Target): boolean {
    if (target.kind === 'note') return target.owner === LOTTERY || mayRead(this.party, target.owner);
    return target.kind === 'batch' || target.kind === 'winners' ? mayRead(this.party, target.agency) : true;
  }

  /** @throws Refusal `forbidden` when it may not read this */
  requireReading(target: Target): void {
    if (!this.mayRead(target)) throw this.#forbidden();
  }

  /** @throws Refusal `forbidden` when it may not change this */
  requireWriting(target: Target): void {
    const owner = target.kind === 'note' ? target.owner : 'agency' in target ? target.agency : LOTTERY;
    this.requireWritingFor(owner);
  }

  /** @throws Refusal `forbidden` when it may not change what an agency has, or the lottery (0) */
  requireWritingFor(owner: number): void {
    if (!mayWrite(this.party, owner)) throw this.#forbidden();
  }

  #forbidden(): Refusal {
    const isAuditor = this.party === AUDITOR;
    return new Refusal(
      'forbidden',
      isAuditor ? 'the auditor reads, and writes nothing' : "this token is another's",
    );
  }
}

/**
 * Who is at the other end of a new connection: the operator where there are no tokens.
 *
 * @returns `undefined` where it has to say who it is
 */
export function localPeer({ now }: CurrentTokens): Peer | undefined {
  return now === undefined ? new Peer(OPERATOR) : undefined;
}

/**
 * Who has sent `user token`, the value of the first `set` on a connection: an agency's number, `operator` or `auditor`, and
 * its token (memcached's ASCII authentication, doc/protocol.txt).
 *
 * @returns `undefined` for an unknown token, or another's
 */
export function authenticated(tokens: Tokens, value: Buffer): Peer | undefined {
  const [user, token, ...more] = value.toString('latin1').split(/[ \t]+/);
  if (user === undefined || token === undefined || more.length > 0) return undefined;
  const digest = digestOf(token);
  const holder = tokens.holderOfDigest(digest);
  return holder === undefined || String(holder) !== user ? undefined : new Peer(holder, digest, tokens);
}

import { LOTTERY_OWNER } from '../../ledger/note';
import { Refusal } from '../http/refusals/problem';
import { OPERATOR, TokenHolder, Tokens } from '../http/requests/tokens';
import type { Target } from './targets';

/** Who is at the other end of a connection: it may act for its agency, or as the operator for all. */
export class Peer {
  readonly #holder: TokenHolder;

  constructor(holder: TokenHolder) {
    this.#holder = holder;
  }

  /** Whose the notes are that it names without a path. */
  get owner(): number {
    return this.#holder === OPERATOR ? LOTTERY_OWNER : this.#holder;
  }

  /** Whether it may read this. */
  mayRead(target: Target): boolean {
    if (target.kind === 'note') return target.owner === LOTTERY_OWNER || this.#mayActFor(target.owner);
    return target.kind === 'batch' || target.kind === 'winners' ? this.#mayActFor(target.agency) : true;
  }

  /** @throws Refusal `forbidden` when it may not read this */
  requireReading(target: Target): void {
    if (!this.mayRead(target)) throw forbidden();
  }

  /** @throws Refusal `forbidden` when it may not change this */
  requireWriting(target: Target): void {
    const owner = target.kind === 'note' ? target.owner : 'agency' in target ? target.agency : LOTTERY_OWNER;
    if (!this.#mayActFor(owner)) throw forbidden();
  }

  #mayActFor(owner: number): boolean {
    return this.#holder === OPERATOR || this.#holder === owner;
  }
}

function forbidden(): Refusal {
  return new Refusal('forbidden', "this token is another's");
}

/** The operator, who is at the other end of every connection where there are no tokens. */
export const LOCAL_PEER = new Peer(OPERATOR);

/**
 * Who has sent `user token`, the value of the first `set` on a connection: an agency's number or `operator`, and its token
 * (memcached's ASCII authentication, doc/protocol.txt).
 *
 * @returns `undefined` for an unknown token, or another's
 */
export function authenticated(tokens: Tokens, value: Buffer): Peer | undefined {
  const [user, token, ...more] = value.toString('latin1').split(/[ \t]+/);
  if (user === undefined || token === undefined || more.length > 0) return undefined;
  const holder = tokens.holderOf(token);
  return holder === undefined || String(holder) !== user ? undefined : new Peer(holder);
}

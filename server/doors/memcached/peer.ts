import { LOTTERY_OWNER } from '../../ledger/note';
import type { Right } from '../../telemetry/presence';
import type { CurrentTokens } from '../identity/current_tokens';
import { AUDITOR, mayRead, mayWrite, OPERATOR, Party } from '../identity/party';
import { digestOf, Tokens } from '../identity/tokens';
import { Refusal } from '../http/refusals/problem';
import type { DoorTls } from '../tls/door_tls';
import type { HeldCertificate } from '../tls/held_certificate';
import type { Target } from './targets';

/** How somebody has shown who they are. */
type Proof =
  | { readonly right: 'none' }
  /** The digest of a token, and the tokens among which it was found last. */
  | { readonly right: 'token'; readonly digest: string; foundIn: Tokens }
  | { readonly right: 'certificate'; readonly certificate: HeldCertificate };

/** Who is at the other end of a connection: an agency, the operator or the auditor. */
export class Peer {
  readonly party: Party;
  readonly #proof: Proof;

  /** @param proof what shows it; nothing where there are neither tokens nor certificates */
  constructor(party: Party, proof: Proof = { right: 'none' }) {
    this.party = party;
    this.#proof = proof;
  }

  /** How it is known who it is. */
  get right(): Right {
    return this.#proof.right;
  }

  /** When its certificate expires, in milliseconds since 1970; `undefined` without one. */
  get certificateExpiresAtMs(): number | undefined {
    return this.#proof.right === 'certificate' ? this.#proof.certificate.expiresAtMs : undefined;
  }

  /** Whether what has shown it is still good: its token is a token of the same party, its certificate is believed. */
  isGood({ now }: CurrentTokens): boolean {
    const proof = this.#proof;
    if (proof.right === 'none') return now === undefined;
    if (proof.right === 'certificate') return proof.certificate.party === this.party;
    if (now === proof.foundIn) return true;
    if (now?.holderOfDigest(proof.digest) !== this.party) return false;
    proof.foundIn = now;
    return true;
  }

  /** Whose the notes are that it names without a path. */
  get owner(): number {
    return typeof this.party === 'number' ? this.party : LOTTERY_OWNER;
  }

  /** Whether it may read this. */
  mayRead(target: Target): boolean {
    if (target.kind === 'note') return target.owner === LOTTERY_OWNER || mayRead(this.party, target.owner);
    return target.kind === 'batch' || target.kind === 'winners' ? mayRead(this.party, target.agency) : true;
  }

  /** @throws Refusal `forbidden` when it may not read this */
  requireReading(target: Target): void {
    if (!this.mayRead(target)) throw this.#forbidden();
  }

  /** @throws Refusal `forbidden` when it may not change this */
  requireWriting(target: Target): void {
    const owner = target.kind === 'note' ? target.owner : 'agency' in target ? target.agency : LOTTERY_OWNER;
    this.requireWritingFor(owner);
  }

  /** @throws Refusal `forbidden` when it may not change what an agency has, or the lottery (0) */
  requireWritingFor(owner: number): void {
    if (!mayWrite(this.party, owner)) throw this.#forbidden();
  }

  #forbidden(): Refusal {
    if (this.party === AUDITOR) return new Refusal('forbidden', 'the auditor reads, and writes nothing');
    return new Refusal('forbidden', `this ${this.right} is another's`);
  }
}

/** How a connection can say who it is. */
export interface Ways {
  readonly tokens: CurrentTokens;
  /** Of the door; `undefined` where it speaks no TLS. */
  readonly tls: DoorTls | undefined;
}

/**
 * Who is at the other end of a new connection: who its certificate names, or the operator where there are neither tokens nor
 * certificates.
 *
 * @param certificate what the connection has shown, over TLS
 * @returns `undefined` where it has to say who it is
 */
export function firstPeer(
  { tokens: { now }, tls }: Ways,
  certificate: HeldCertificate | undefined,
): Peer | undefined {
  const party = certificate?.party;
  if (certificate !== undefined && party !== undefined) {
    return new Peer(party, { right: 'certificate', certificate });
  }
  return now === undefined && tls?.asksForCertificates !== true ? new Peer(OPERATOR) : undefined;
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
  if (holder === undefined || String(holder) !== user) return undefined;
  return new Peer(holder, { right: 'token', digest, foundIn: tokens });
}

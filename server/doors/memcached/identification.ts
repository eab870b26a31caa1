import type { HeldCertificate } from '../tls/held_certificate';
import type { StoreLine } from './command';
import type { MemcachedContext } from './memcached_context';
import { authenticated, firstPeer, Peer } from './peer';

/** The token or the certificate with which a connection said who it is is good no more. */
export class CredentialGone extends Error {
  override readonly name = 'CredentialGone';
}

/** A connection with a certificate has sent the token of another party. */
export class AnotherParty extends Error {
  override readonly name = 'AnotherParty';
}

/** A user and a token are no longer. */
const MAX_LOGIN_BYTES = 300;

/** Who is at the other end of one connection, from its beginning to its end. */
export class Identification {
  readonly #context: MemcachedContext;
  readonly #certificate: HeldCertificate | undefined;
  #peer: Peer | undefined;
  /** Ends that the connection speaks for its peer. */
  #leave: () => void = () => undefined;

  /** @param certificate what the connection has shown, over TLS */
  constructor(context: MemcachedContext, certificate: HeldCertificate | undefined) {
    this.#context = context;
    this.#certificate = certificate;
    const peer = firstPeer(context, certificate);
    if (peer !== undefined) this.#become(peer);
  }

  /** `undefined` until it has said who it is. */
  get peer(): Peer | undefined {
    return this.#peer;
  }

  /** Why its certificate does not say who it is; `undefined` where it does, and where there is none. */
  get refusal(): string | undefined {
    return this.#certificate?.refusal;
  }

  /** Whether what has shown who it is is still good. */
  isGood(peer: Peer): boolean {
    return peer.isGood(this.#context.tokens);
  }

  /** The first `set` of a connection that has not said who it is. @returns whether its value does */
  begin(value: Buffer): boolean {
    const tokens = this.#context.tokens.now;
    const peer = tokens === undefined ? undefined : authenticated(tokens, value);
    if (peer === undefined) return false;
    this.#become(peer);
    return true;
  }

  /**
   * A later `set`: a token must not become a value that others read. Whom a certificate names it cannot become another with
   * a token.
   *
   * @returns whether its value says who it is
   * @throws AnotherParty
   */
  again({ verb }: StoreLine, value: Buffer, peer: Peer): boolean {
    const tokens = this.#context.tokens.now;
    const mayBe = tokens !== undefined && verb === 'set' && value.length <= MAX_LOGIN_BYTES;
    const again = mayBe ? authenticated(tokens, value) : undefined;
    if (again === undefined) return false;
    if (peer.right !== 'certificate') this.#become(again);
    else if (again.party !== peer.party) throw new AnotherParty();
    return true;
  }

  /** The connection has ended. */
  end(): void {
    this.#leave();
  }

  #become(peer: Peer): void {
    this.#leave();
    this.#peer = peer;
    this.#leave = this.#context.connected(peer);
  }
}

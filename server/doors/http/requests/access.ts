/** Who may bet and see bets, and who may ask anything at all (docs/HTTP.md, "Tokens"). */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { isLoopbackAddress } from '../../../../program/loopback';
import { LOTTERY_OWNER } from '../../../ledger/note';
import type { Right } from '../../../telemetry/presence';
import type { CurrentTokens } from '../../identity/current_tokens';
import { AUDITOR, mayRead, mayWrite, OPERATOR, Party } from '../../identity/party';
import type { HeldCertificate } from '../../tls/held_certificate';
import { Refusal } from '../refusals/problem';
import type { HttpDoorSettings } from '../settings';
import { authorityOf } from './authority';

const BEARER = /^bearer +([A-Za-z0-9._~+/=-]{1,256})$/i;
/** The Host of a request that was made to a loopback address by that address or `localhost`. */
const LOOPBACK_HOST = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{0,5})?$/i;

/** The Origin of a page that this machine has served. */
const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?$/i;

/** Headers with which proxies tell of themselves: the request may be anybody's. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-real-ip'] as const;
const PROXY_HEADER_START = 'x-forwarded-';

/** What is looked at of a request. */
type AccessRequest = Pick<IncomingMessage, 'url' | 'headers'> & Partial<Pick<IncomingMessage, 'socket'>>;

/** Who somebody is, and how that is known. */
interface Identity {
  readonly party: Party;
  readonly right: Right;
}

/** Authorizes requests. */
export class Access {
  readonly #tokens: CurrentTokens;
  readonly #asksForCertificates: boolean;
  readonly #isLoopback: boolean;
  readonly #certificateOf: (request: AccessRequest) => HeldCertificate | undefined;
  readonly #seen: (party: Party, right: Right) => void;

  /**
   * @param seen told whom each request comes from that may do only what its party may, and by what right that is known
   * @param certificateOf what the client has shown on the connection of a request; nothing if left out
   */
  constructor(
    { tokens, tls, address }: Pick<HttpDoorSettings, 'tokens' | 'tls' | 'address'>,
    seen: (party: Party, right: Right) => void = () => undefined,
    certificateOf: (request: AccessRequest) => HeldCertificate | undefined = () => undefined,
  ) {
    this.#tokens = tokens;
    this.#asksForCertificates = tls?.asksForCertificates === true;
    this.#isLoopback = address !== undefined && isLoopbackAddress(address);
    this.#certificateOf = certificateOf;
    this.#seen = seen;
  }

  /**
   * Admits a request to anything that needs no right. Without tokens and certificates, a door on a loopback address is for
   * this machine alone: not for a foreign page whose name was rebound to this machine, nor for whoever reaches a proxy on
   * it.
   *
   * @throws Refusal `forbidden`
   */
  requireNear(request: AccessRequest): void {
    if (this.#knowsParties || !this.#isLoopback) return;
    const refusal = farRefusal(request);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Admits a request that may see what belongs to an agency, or to the lottery (0): one with the token or the certificate
   * of the agency, the operator or the auditor. Without tokens and certificates, it admits a request of this machine to a
   * door on a loopback address.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  requireReading(owner: number, request: AccessRequest): void {
    const identity = this.#requireIdentity(request);
    if (!mayRead(identity.party, owner)) throw forbidden(identity, owner);
  }

  /**
   * Admits a request that may act for an agency, or for the lottery (0): one with the token or the certificate of the
   * agency or the operator. Without tokens and certificates, it admits whom {@link requireReading} admits.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  requireWriting(owner: number, request: AccessRequest): void {
    const identity = this.#requireIdentity(request);
    if (!mayWrite(identity.party, owner)) throw forbidden(identity, owner);
  }

  /**
   * Admits a request that has a part in the draw: one with the token or the certificate of the operator or the auditor.
   * Without tokens and certificates, whom {@link requireReading} admits is taken for the operator.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  requireOverseer(request: AccessRequest): typeof OPERATOR | typeof AUDITOR {
    const { party, right } = this.#requireIdentity(request);
    if (party === OPERATOR || party === AUDITOR) return party;
    throw new Refusal('forbidden', `this needs the ${right} of the operator or the auditor`);
  }

  /** Whether a request is of somebody whom the lottery knows: refusals of others are only counted. */
  knows(request: AccessRequest): boolean {
    if (!this.#knowsParties) {
      return this.#isLoopback && authorityOf(request) !== undefined && farRefusal(request) === undefined;
    }
    return this.#certificateOf(request)?.party !== undefined || this.#holderOf(request) !== undefined;
  }

  /** Whether there is a way to say who one is. */
  get #knowsParties(): boolean {
    return this.#asksForCertificates || this.#tokens.now !== undefined;
  }

  #requireIdentity(request: AccessRequest): Identity {
    const identity = this.#identityOf(request);
    this.#seen(identity.party, identity.right);
    return identity;
  }

  /**
   * Whom a request comes from. A token and a certificate must be of the same party: what two parties may do is never added
   * up. Without both, whoever asks from this machine may do all that the operator may.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  #identityOf(request: AccessRequest): Identity {
    if (!this.#knowsParties) {
      this.#requireLocal(request);
      return { party: OPERATOR, right: 'none' };
    }
    const certificate = this.#certificateOf(request);
    const party = certificate?.party;
    if (request.headers.authorization === undefined) {
      if (party !== undefined) return { party, right: 'certificate' };
      throw this.#unauthorized(certificate?.refusal);
    }
    const holder = this.#holderOf(request);
    if (holder === undefined) throw this.#unauthorized(certificate?.refusal);
    if (party !== undefined && party !== holder) {
      throw new Refusal('forbidden', 'the token and the certificate are of different parties');
    }
    return { party: holder, right: 'token' };
  }

  /** @param reason what is wrong with the client's certificate */
  #unauthorized(reason: string | undefined): Refusal {
    const ways = [
      this.#asksForCertificates && "a certificate of the lottery's CA",
      this.#tokens.now !== undefined && 'Authorization: Bearer TOKEN, with a token of this lottery',
    ].filter((way) => way !== false);
    return new Refusal(
      'unauthorized',
      `${reason === undefined ? '' : `${reason}; `}this needs ${ways.join(', or ')}`,
      // Whatever the ways are, a 401 has a challenge (RFC 9110, 15.5.2), and there is none for certificates.
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }

  /** Who has the token of a request, as of now; `undefined` where it has none that is good. */
  #holderOf({ headers }: AccessRequest): Party | undefined {
    const [, token] = BEARER.exec(headers.authorization ?? '') ?? [];
    return token === undefined ? undefined : this.#tokens.now?.holderOf(token);
  }

  #requireLocal(request: AccessRequest): void {
    if (!this.#isLoopback) {
      throw new Refusal(
        'forbidden',
        'this needs a token, and the server has none: name a file of them in HTTP_TOKENS_FILE, ' +
          'or a CA of certificates in SERVER_TLS_CLIENT_CA, or listen on a loopback address',
      );
    }
    if (authorityOf(request) === undefined) throw foreignHost();
    this.requireNear(request);
  }
}

function forbidden({ party, right }: Identity, owner: number): Refusal {
  if (party === AUDITOR) return new Refusal('forbidden', 'the auditor reads, and writes nothing');
  const text =
    owner === LOTTERY_OWNER ? `this needs the operator's ${right}` : `this ${right} is another agency's`;
  return new Refusal('forbidden', text);
}

/** Why a request is not one of this machine; `undefined` for one that is. */
function farRefusal(request: AccessRequest): Refusal | undefined {
  const host = authorityOf(request);
  if (host !== undefined && !LOOPBACK_HOST.test(host)) return foreignHost();
  if (isOfProxy(request.headers)) {
    return new Refusal(
      'forbidden',
      'this came through a proxy, and the server has no tokens: name a file of them in HTTP_TOKENS_FILE',
    );
  }
  if (!isOfForeignPage(request.headers)) return undefined;
  return new Refusal('forbidden', 'this was asked by the page of another site, and the server has no tokens');
}

function foreignHost(): Refusal {
  return new Refusal('forbidden', 'without tokens, the Host must be localhost, 127.0.0.1 or [::1]');
}

/** What `Sec-Fetch-Site` says of a page of this door, of another port of this machine, and of what no page has asked for. */
const OWN_SITE: ReadonlySet<unknown> = new Set(['same-origin', 'same-site', 'none']);

/** Browsers say where a request comes from in either of two headers; older ones have only Origin, and not with each. */
function isOfForeignPage({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return (
    (site !== undefined && !OWN_SITE.has(site)) || (origin !== undefined && !LOOPBACK_ORIGIN.test(origin))
  );
}

function isOfProxy(headers: IncomingHttpHeaders): boolean {
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return true;
  for (const name in headers) if (name.startsWith(PROXY_HEADER_START)) return true;
  return false;
}

/** Who may bet and see bets, and who may ask anything at all (docs/HTTP.md, "Tokens"). */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { isLoopbackAddress } from '../../../../program/loopback';
import type { Right } from '../../../telemetry/presence';
import type { CurrentTokens } from '../../identity/current_tokens';
import { AUDITOR, LOTTERY, mayRead, mayWrite, OPERATOR, Party } from '../../identity/party';
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
type AccessRequest = Pick<IncomingMessage, 'url' | 'headers'>;

/** Authorizes requests. */
export class Access {
  readonly #tokens: CurrentTokens;
  readonly #isLoopback: boolean;
  readonly #seen: (party: Party, right: Right) => void;

  /** @param seen told whom each request comes from that may do only what its party may, and by what right that is known */
  constructor(
    { tokens, address }: Pick<HttpDoorSettings, 'tokens' | 'address'>,
    seen: (party: Party, right: Right) => void = () => undefined,
  ) {
    this.#seen = seen;
    this.#tokens = tokens;
    this.#isLoopback = isLoopbackAddress(address);
  }

  /**
   * Admits a request to anything that needs no token. Without tokens, a door on a loopback address is for this machine
   * alone: not for a foreign page whose name was rebound to this machine, nor for whoever reaches a proxy on it.
   *
   * @throws Refusal `forbidden`
   */
  requireNear(request: AccessRequest): void {
    if (this.#tokens.now !== undefined || !this.#isLoopback) return;
    const refusal = farRefusal(request);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Admits a request that may see what belongs to an agency, or to the lottery (0): one with the agency's token, the
   * operator's or the auditor's. Without tokens, it admits a request of this machine to a door on a loopback address.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  requireReading(owner: number, request: AccessRequest): void {
    const party = this.#requireParty(request);
    if (!mayRead(party, owner)) throw forbidden(party, owner);
  }

  /**
   * Admits a request that may act for an agency, or for the lottery (0): one with the agency's token, or the operator's.
   * Without tokens, it admits whom {@link requireReading} admits.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  requireWriting(owner: number, request: AccessRequest): void {
    const party = this.#requireParty(request);
    if (!mayWrite(party, owner)) throw forbidden(party, owner);
  }

  /** Whether a request is of somebody whom the lottery knows: refusals of others are only counted. */
  knows(request: AccessRequest): boolean {
    if (this.#tokens.now === undefined) {
      return this.#isLoopback && authorityOf(request) !== undefined && farRefusal(request) === undefined;
    }
    return this.#partyOf(request) !== undefined;
  }

  /** Whom a request comes from. Without tokens, whoever asks from this machine may do all that the operator may. */
  #requireParty(request: AccessRequest): Party {
    if (this.#tokens.now === undefined) {
      this.#requireLocal(request);
      this.#seen(OPERATOR, 'none');
      return OPERATOR;
    }
    const party = this.#partyOf(request);
    if (party !== undefined) {
      this.#seen(party, 'token');
      return party;
    }
    throw new Refusal(
      'unauthorized',
      'this needs Authorization: Bearer TOKEN, with a token of this lottery',
      {
        headers: { 'www-authenticate': 'Bearer' },
      },
    );
  }

  /** Who has the token of a request, as of now; `undefined` where it has none that is good. */
  #partyOf({ headers }: AccessRequest): Party | undefined {
    const [, token] = BEARER.exec(headers.authorization ?? '') ?? [];
    return token === undefined ? undefined : this.#tokens.now?.holderOf(token);
  }

  #requireLocal(request: AccessRequest): void {
    if (!this.#isLoopback) {
      throw new Refusal(
        'forbidden',
        'this needs a token, and the server has none: name a file of them in HTTP_TOKENS_FILE, ' +
          'or listen on a loopback address',
      );
    }
    if (authorityOf(request) === undefined) throw foreignHost();
    this.requireNear(request);
  }
}

function forbidden(party: Party, owner: number): Refusal {
  if (party === AUDITOR) return new Refusal('forbidden', 'the auditor reads, and writes nothing');
  return new Refusal(
    'forbidden',
    owner === LOTTERY ? "this needs the operator's token" : "this token is another agency's",
  );
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

/** Who may bet and see bets (docs/HTTP.md, "Tokens"). */
import type { IncomingHttpHeaders } from 'node:http';

import { Refusal } from '../refusals/problem';
import type { HttpDoorSettings } from '../settings';
import { OPERATOR, Tokens } from './tokens';

const BEARER = /^bearer +([A-Za-z0-9._~+/=-]{1,256})$/i;
const LOOPBACK_ADDRESS = /^(localhost|127(\.[0-9]{1,3}){3}|::1)$/i;
/** The Host of a request that was made to a loopback address by that address or `localhost`. */
const LOOPBACK_HOST = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?$/i;

/** Authorizes the requests that need a token. */
export class Access {
  readonly #tokens: Tokens | undefined;
  readonly #isLoopback: boolean;

  constructor({ tokens, address }: Pick<HttpDoorSettings, 'tokens' | 'address'>) {
    this.#tokens = tokens;
    this.#isLoopback = LOOPBACK_ADDRESS.test(address);
  }

  /**
   * Admits a request that may act for the agency: one with the agency's token, or the operator's. Without tokens, it
   * admits any request to a loopback address whose Host is such an address: that of a foreign page whose name was
   * rebound to this machine is not.
   *
   * @throws Refusal `unauthorized` or `forbidden`
   */
  require(agency: number, headers: IncomingHttpHeaders): void {
    if (this.#tokens === undefined) return this.#requireLoopback(headers.host);
    const [, token] = BEARER.exec(headers.authorization ?? '') ?? [];
    const holder = token === undefined ? undefined : this.#tokens.holderOf(token);
    if (holder === undefined) {
      throw new Refusal(
        'unauthorized',
        'this needs Authorization: Bearer TOKEN, with a token of this lottery',
        {
          headers: { 'www-authenticate': 'Bearer' },
        },
      );
    }
    if (holder !== OPERATOR && holder !== agency) {
      throw new Refusal('forbidden', "this token is another agency's");
    }
  }

  /** Whether a request is one of those who may bet, for some agency: refusals of others are only counted. */
  knows({ host, authorization }: IncomingHttpHeaders): boolean {
    if (this.#tokens === undefined) return this.#isLoopback && host !== undefined && LOOPBACK_HOST.test(host);
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    return token !== undefined && this.#tokens.holderOf(token) !== undefined;
  }

  #requireLoopback(host: string | undefined): void {
    if (!this.#isLoopback) {
      throw new Refusal(
        'forbidden',
        'this needs a token, and the server has none: name a file of them in HTTP_TOKENS_FILE, ' +
          'or listen on a loopback address',
      );
    }
    if (host === undefined || !LOOPBACK_HOST.test(host)) {
      throw new Refusal('forbidden', 'without tokens, the Host must be localhost, 127.0.0.1 or [::1]');
    }
  }
}

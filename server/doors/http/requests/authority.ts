/** Whom a request is addressed to (RFC 9112, 3.2 and 3.3). */
import type { IncomingMessage } from 'node:http';

import { Refusal } from '../refusals/problem';

/** What is read of a request: its target and its headers. */
export type AddressedRequest = Pick<IncomingMessage, 'url' | 'headers' | 'rawHeaders' | 'httpVersion'>;

/** A host and a port (RFC 3986, 3.2): no userinfo, no path, and no comma, since that joins two headers to one. */
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+;=%-]+)(:[0-9]{0,5})?$/i;
const ABSOLUTE_FORM = /^(https?):\/\/([^/?#]*)/i;
const HOST = 'host';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/**
 * The host and port that a request names: in its target, if that is a whole address, or else in its Host.
 *
 * @returns `undefined` if it names none, as HTTP/1.0 allows
 */
export function authorityOf({ url, headers }: Pick<AddressedRequest, 'url' | 'headers'>): string | undefined {
  return ABSOLUTE_FORM.exec(url ?? '')?.[2] ?? headers.host;
}

/**
 * Requires that a request says in one way, and once, whom it is addressed to: who reads it differently would take it for
 * another request.
 *
 * @throws Refusal `bad-request`
 */
export function requireAuthority(request: AddressedRequest): void {
  const { url = '', headers, rawHeaders, httpVersion } = request;
  const hosts = hostsIn(rawHeaders);
  if (hosts > 1) throw new Refusal('bad-request', 'there is more than one Host');
  if (hosts === 0 && httpVersion === '1.1') throw new Refusal('bad-request', 'the Host is missing');
  if (headers.host !== undefined && !AUTHORITY.test(headers.host)) {
    throw new Refusal('bad-request', 'the Host is no host with or without a port');
  }
  const [, scheme = '', target] = ABSOLUTE_FORM.exec(url) ?? [];
  if (target === undefined) return;
  if (!AUTHORITY.test(target))
    throw new Refusal('bad-request', 'the target names no host with or without a port');
  if (headers.host !== undefined && normal(target, scheme) !== normal(headers.host, scheme)) {
    throw new Refusal('bad-request', 'the target and the Host name different hosts');
  }
}

/** How many headers are a Host: names and values stand by turns. */
function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts++;
  }
  return hosts;
}

/** The authority in one form: in lower case, and with its port. */
function normal(authority: string, scheme: string): string {
  const [, host = '', port = ''] = AUTHORITY.exec(authority.toLowerCase()) ?? [];
  const digits = port.slice(1).replace(/^0+(?=[0-9])/, '');
  return `${host}:${digits === '' ? DEFAULT_PORTS[scheme.toLowerCase()] : digits}`;
}

/** Who has a certificate: read from its subject alternative names (RFC 5280, 4.2.1.6). */
import type { X509Certificate } from 'node:crypto';

import { AUDITOR, OPERATOR, Party, partyNamed } from './party';

/** What the name of a party begins with, as a URI of a certificate. */
const SCHEME = 'lottery:';
const AGENCY = 'agency-';
/** One name as Node writes it: what could be mistaken for a separator stands in quotes, as JSON. */
const NAME = /([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?:, |$)/y;

/** The name of a party in a certificate: `lottery:agency-7`, `lottery:operator` or `lottery:auditor`. */
export function certificateUriOf(party: Party): string {
  return SCHEME + (typeof party === 'number' ? `${AGENCY}${party}` : party);
}

/**
 * The party that a certificate names, with exactly one URI that begins with `lottery:`. Its common name and its other names
 * say nothing. That the certificate itself can be believed is for TLS to see to.
 *
 * @param agencies how many agencies the lottery has
 * @returns `undefined` for a certificate that names none of this lottery, or more than one
 */
export function partyOfCertificate(
  certificate: Pick<X509Certificate, 'subjectAltName'>,
  agencies: number,
): Party | undefined {
  const [uri, ...more] = urisIn(certificate.subjectAltName ?? '').filter((each) => each.startsWith(SCHEME));
  if (uri === undefined || more.length > 0) return undefined;
  const name = uri.slice(SCHEME.length);
  if (name === OPERATOR || name === AUDITOR) return name;
  return name.startsWith(AGENCY) ? agencyNamed(name.slice(AGENCY.length), agencies) : undefined;
}

function agencyNamed(digits: string, agencies: number): Party | undefined {
  const party = partyNamed(digits, agencies);
  return typeof party === 'number' ? party : undefined;
}

/** The URIs of a list of names; none when a part of the list cannot be read. */
function urisIn(names: string): string[] {
  const uris: string[] = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < names.length) {
    const [, kind, quoted, plain = ''] = NAME.exec(names) ?? [];
    if (kind === undefined) return [];
    if (kind === 'URI') uris.push(quoted === undefined ? plain : (JSON.parse(quoted) as string));
  }
  return uris;
}

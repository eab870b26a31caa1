import type { X509Certificate } from 'node:crypto';

/** What is known of a peer by its handshake. */
export interface TlsPeer {
  /** The certificate that it has proved to have, of the client CA and valid; `undefined` without one. */
  readonly certificate: X509Certificate | undefined;
  /** Why it has none that counts, in words for the peer; `undefined` where it has one, or nobody asked. */
  readonly refusal: string | undefined;
}

/** What is wrong with a peer's certificate, by the code of OpenSSL's verification. */
const REFUSALS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet: a clock may be wrong',
  CERT_REVOKED: 'the certificate was revoked',
  CRL_HAS_EXPIRED: "the server's revocation list has expired, so that no certificate counts",
  UNABLE_TO_GET_CRL: "the server has no revocation list of the certificate's CA",
  INVALID_PURPOSE: 'the certificate is not one for clients',
};

/** Why no certificate is believed of a peer that has none. */
export const NO_CERTIFICATE = 'this needs a certificate, and there is none';

/** Why one is not believed that somebody else has issued. */
export const NOT_OF_THE_CA = "the certificate is not one of the lottery's CA";

/** Why a certificate is not believed. @param code of OpenSSL's verification */
export function refusalOfCode(code: string): string {
  return REFUSALS[code] ?? NOT_OF_THE_CA;
}

/** What is wrong when a client could not agree on TLS with its server. */
import { oneLine } from '../exit';

/** Codes of Node and OpenSSL for a server's certificate that the CA does not vouch for. */
export const NOT_OF_THE_CA =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|CERT_REJECTED|CERT_CHAIN_TOO_LONG|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;
const REFUSED_BY_SERVER = /^ERR_SSL_.*ALERT.*(CERT|UNKNOWN_CA)/;
const WORDS_OF_CODE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate, or that of its CA, has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet; is a clock wrong?",
};

/** What a connection was tried with, in words. */
export interface TlsWords {
  /** Whom it trusts: the CA's file, or who is trusted without one. */
  readonly ca: string;
  /** The file of the client certificate, or what names one. */
  readonly clientCertificate: string;
}

/**
 * What is wrong, in words, when TLS could not be agreed on; `undefined` for an error of another kind.
 *
 * @param error of the connection
 */
export function tlsMistake(error: unknown, { ca, clientCertificate }: TlsWords): string | undefined {
  const { code = '', reason = '' } = error as { code?: string; reason?: string };
  if (isUnverified(error)) return WORDS_OF_CODE[code] ?? notVerified(code, ca, reason);
  // OpenSSL's reason is what its message says between numbers and the names of its files.
  const said = reason === '' ? oneLine(error) : reason;
  if (REFUSED_BY_SERVER.test(code)) {
    return `the server refuses the client certificate ${clientCertificate}: ${said}`;
  }
  return code.startsWith('ERR_SSL_') ? `TLS: ${said}` : undefined;
}

/** Whether the server's certificate could not be verified. */
export function isUnverified(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return NOT_OF_THE_CA.test(code) || code === OTHER_NAME || code in WORDS_OF_CODE;
}

const OTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

function notVerified(code: string, ca: string, reason: string): string {
  if (code === OTHER_NAME) return `the server's certificate is for another name: ${reason}`;
  return `the server's certificate is not one of ${ca}`;
}

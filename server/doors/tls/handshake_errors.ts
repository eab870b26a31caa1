import { oneLine } from '../../../program/exit';

/** What the log says where the peer has sent nothing, or not all. */
export const NOT_IN_TIME = 'not finished in time';
export const PEER_CLOSED = 'the peer has closed the connection';

/** What the log says of a handshake that has failed, by the code of Node or OpenSSL. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: NOT_IN_TIME,
  ECONNRESET: PEER_CLOSED,
  EPIPE: PEER_CLOSED,
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the peer has no certificate',
  CERT_HAS_EXPIRED: "the peer's certificate has expired",
  CERT_NOT_YET_VALID: "the peer's certificate is not valid yet: is a clock wrong?",
  CERT_REVOKED: "the peer's certificate was revoked",
  CRL_HAS_EXPIRED: 'the revocation list has expired: nobody can be let in before there is a newer one',
  UNABLE_TO_GET_CRL: "there is no revocation list of the peer's CA in SERVER_TLS_CLIENT_CRL",
  INVALID_PURPOSE: "the peer's certificate is not one for clients",
  ERR_SSL_HTTP_REQUEST: 'the peer speaks HTTP without TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the peer does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the peer speaks only versions of TLS before 1.2',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the peer does not trust this server's CA",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "the peer finds this server's certificate expired",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the peer finds this server's certificate wrong",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "the peer does not accept this server's certificate",
};
const NOT_OF_THE_CA =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_\w+|INVALID_CA)$/;

/** Why a handshake has failed, in words that hold nothing of what the peer has sent. */
export function reasonOf(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = REASONS[code];
  if (known !== undefined) return known;
  if (NOT_OF_THE_CA.test(code)) return `the peer's certificate is not one of the client CA (${code})`;
  return code.startsWith('ERR_SSL_') ? `no TLS was agreed on (${code})` : oneLine(error);
}

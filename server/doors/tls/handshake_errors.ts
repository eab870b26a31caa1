import { oneLine } from '../../../program/exit';

/** What the log says where the peer has sent nothing, or not all. */
export const NOT_IN_TIME = 'not finished in time';
export const PEER_CLOSED = 'the peer has closed the connection';

/**
 * What the log says of a handshake that has failed, by the code of Node or OpenSSL. A certificate that is not believed fails none
 * (peer_certificate.ts).
 */
const REASONS: Readonly<Record<string, string>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: NOT_IN_TIME,
  ECONNRESET: PEER_CLOSED,
  EPIPE: PEER_CLOSED,
  ERR_SSL_HTTP_REQUEST: 'the peer speaks HTTP without TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the peer does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the peer speaks only versions of TLS before 1.2',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the peer does not trust this server's CA",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "the peer finds this server's certificate expired",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the peer finds this server's certificate wrong",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "the peer does not accept this server's certificate",
};

/** Why a handshake has failed, in words that hold nothing of what the peer has sent. */
export function reasonOf(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = REASONS[code];
  if (known !== undefined) return known;
  return code.startsWith('ERR_SSL_') ? `no TLS was agreed on (${code})` : oneLine(error);
}

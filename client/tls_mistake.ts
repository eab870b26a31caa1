/** What is wrong when an agency and its server cannot agree on TLS. */
import { oneLine } from '../program/exit';
import { NOT_OF_THE_CA } from '../program/tls/tls_mistake';

const OF_SERVER: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate, or that of its CA, has expired: is the clock right?",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: is the clock right?",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the server speaks only versions of TLS before 1.2',
  INVALID_PURPOSE: "the server's certificate is not one for servers",
};
/** What a server says of the client's certificate (RFC 8446, 6.2). */
const REFUSES_OURS = /^ERR_SSL_.*_ALERT_(.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED)$/;

/**
 * What is wrong, in words for a person.
 *
 * @returns `undefined` for an error that has nothing to do with certificates: it may pass
 */
export function tlsMistakeOf(error: NodeJS.ErrnoException): string | undefined {
  const { code = '' } = error;
  const { reason } = error as { reason?: string };
  const known = OF_SERVER[code];
  if (known !== undefined) return known;
  if (NOT_OF_THE_CA.test(code)) return `the server's certificate is not one of server.tls.ca (${code})`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the server's certificate is for another name (server.tls.serverName is what it should be): ${oneLine(reason ?? error)}`;
  }
  const [, alert] = REFUSES_OURS.exec(code) ?? [];
  if (alert !== undefined) {
    return `the server refuses this agency's certificate, server.tls.cert: ${alert.toLowerCase().replaceAll('_', ' ')}`;
  }
  return code.startsWith('ERR_SSL_') ? `no TLS was agreed on (${code})` : undefined;
}

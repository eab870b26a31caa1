import { isIP } from 'node:net';

/** The name that a client asks for (RFC 6066, 3): an address is compared with the certificate, but is no name to ask for. */
export function askedNameOf(host: string): string {
  return isIP(host) === 0 ? host : '';
}

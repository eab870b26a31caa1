/** The names of hosts in the server's certificate. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** The names that the server's certificate always has: this machine, and the server among containers. */
export const SERVER_HOSTS: readonly string[] = ['localhost', 'server', '127.0.0.1', '::1'];

const MAX_NAME_LENGTH = 253;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** RFC 1123, 2.1. What ends in a number would be mistaken for an address. */
const NAME = new RegExp(`^(?:${LABEL}\\.)*(?!\\d+$)${LABEL}$`);

/**
 * The usual form of a DNS name or an IP address.
 *
 * @returns `undefined` for anything else, such as a URL, a port behind the name or a letter that is not ASCII
 */
export function hostFrom(text: string): string | undefined {
  const kind = isIP(text);
  if (kind === 4) return text;
  if (kind === 6) return text.includes('%') ? undefined : new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const name = text.toLowerCase();
  return name.length <= MAX_NAME_LENGTH && NAME.test(name) ? name : undefined;
}

/** The hosts that a server's certificate names besides those that it always has, and those. */
export function allHosts(more: readonly string[]): string[] {
  return [...new Set([...SERVER_HOSTS, ...more])];
}

/** The hosts that a certificate names, in their usual form. */
export function hostsIn({ subjectAltName = '' }: Pick<X509Certificate, 'subjectAltName'>): string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^",]+)/g)].flatMap(
    ([, host = '']) => hostFrom(host) ?? [],
  );
}

/** Whether two lists name the same hosts, in whatever order. */
export function sameHosts(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

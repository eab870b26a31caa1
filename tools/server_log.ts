/** What a server's log, in the text form, says of its doors. */

const TCP_DOOR = /\baction: accept_connections \| result: in_progress \| port: ([0-9]{1,5})(?: \||$)/m;
const TLS_DOOR =
  /\baction: accept_connections \| result: in_progress \| port: ([0-9]{1,5}) \| tls: true(?: \||$)/m;
const HTTP_DOOR =
  /\baction: accept_http \| result: in_progress \| address: ([^ |]+) \| port: ([0-9]{1,5})( \| tls: true)?(?: \||$)/m;

const MEMCACHED_DOOR =
  /\baction: accept_memcached \| result: in_progress \| address: [^ |]+ \| port: ([0-9]{1,5})(?: \||$)/m;

const FINISHED = /\baction: receive_fin \| result: success \| agency: ([0-9]{1,10})(?: \||$)/m;

/** Where a server takes HTTP requests. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  /** Whether it speaks HTTPS. */
  readonly isSecure: boolean;
}

/**
 * The port of the agencies' protocol.
 *
 * @param log one or more whole lines
 * @returns undefined while the server has not logged that it accepts connections
 */
export function tcpPortIn(log: string): number | undefined {
  const port = TCP_DOOR.exec(log)?.[1];
  return port === undefined ? undefined : Number(port);
}

/**
 * The port of the agencies' protocol over TLS.
 *
 * @param log one or more whole lines
 * @returns undefined while the server has not logged that it accepts connections there
 */
export function tlsPortIn(log: string): number | undefined {
  const port = TLS_DOOR.exec(log)?.[1];
  return port === undefined ? undefined : Number(port);
}

/**
 * The address of the HTTP door.
 *
 * @param log one or more whole lines
 * @returns undefined while the server has not logged that it accepts requests
 */
export function httpAddressIn(log: string): HttpAddress | undefined {
  const [, host, port, tls] = HTTP_DOOR.exec(log) ?? [];
  return host === undefined ? undefined : { host, port: Number(port), isSecure: tls !== undefined };
}

/**
 * The port of the door for clients of memcached.
 *
 * @param log one or more whole lines
 * @returns undefined while the server has not logged that it accepts them
 */
export function memcachedPortIn(log: string): number | undefined {
  const port = MEMCACHED_DOOR.exec(log)?.[1];
  return port === undefined ? undefined : Number(port);
}

/**
 * The agency that has closed its sale.
 *
 * @param line of a server's log
 * @returns undefined when the line tells of something else
 */
export function finishedAgencyIn(line: string): number | undefined {
  const agency = FINISHED.exec(line)?.[1];
  return agency === undefined ? undefined : Number(agency);
}

/** Doors that let in whoever reaches them, or let everybody read along: named at the start, with what that means. */
import { isLoopbackAddress } from '../program/loopback';
import type { ServerConfiguration, ServerKey } from './config';
import { tlsDoorsOf } from './tls_settings';

/** A door that others than this machine can reach. */
export interface DoorWarning {
  /** The setting that opens it. */
  readonly door: ServerKey;
  readonly address: string;
  /** What that means. */
  readonly meaning: string;
}

const ANYBODY = 'whoever reaches it can bet for any agency, end its sale and read its winners';
const IN_CLEAR = 'names, documents and bets travel in clear';

/** The doors to be warned of. */
export function doorWarnings(configuration: ServerConfiguration): DoorWarning[] {
  const { SERVER_PORT, SERVER_PORT_MESSAGES, SERVER_LISTEN_ADDRESS, SERVER_TLS_PORT, SERVER_TLS_ADDRESS } =
    configuration;
  const { HTTP_PORT, HTTP_ADDRESS, MEMCACHED_PORT, MEMCACHED_ADDRESS } = configuration;
  const tls = tlsDoorsOf(configuration);
  const warnings: (DoorWarning | false)[] = [
    SERVER_PORT !== undefined &&
      SERVER_PORT_MESSAGES === 'all' && {
        door: 'SERVER_PORT',
        address: SERVER_LISTEN_ADDRESS,
        meaning: `${ANYBODY}; ${IN_CLEAR}`,
      },
    SERVER_TLS_PORT !== undefined &&
      configuration.SERVER_TLS_CLIENT_CA === undefined && {
        door: 'SERVER_TLS_PORT',
        address: SERVER_TLS_ADDRESS,
        meaning: `without SERVER_TLS_CLIENT_CA, ${ANYBODY}`,
      },
    HTTP_PORT !== undefined &&
      !tls.http && { door: 'HTTP_PORT', address: HTTP_ADDRESS, meaning: `tokens, ${IN_CLEAR}` },
    MEMCACHED_PORT !== undefined &&
      !tls.memcached && {
        door: 'MEMCACHED_PORT',
        address: MEMCACHED_ADDRESS,
        meaning: `tokens, ${IN_CLEAR}`,
      },
  ];
  return warnings.filter((each): each is DoorWarning => each !== false && !isLoopbackAddress(each.address));
}

import { createConnection } from 'node:net';

import { socketTransport } from './socket_transport';
import { Connect } from './transport';

/** Connections over TCP to one address. */
export function connectOverTcp(host: string, port: number): Connect {
  return (handlers) =>
    socketTransport(
      createConnection({ host, port, noDelay: true }),
      'connect',
      { host, mistakeOf: () => undefined },
      handlers,
    );
}

import { createConnection } from 'node:net';

import { Connect } from './transport';

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;

/** The codes of a name that nobody has, or that nobody can be asked for. */
const NO_SUCH_NAME = ['ENOTFOUND', 'EAI_AGAIN'];

/** Connections over TCP to one address. */
export function connectOverTcp(host: string, port: number): Connect {
  return (handlers) => {
    const socket = createConnection({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    let reason = 'closed by the server';
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no connection in time')));
    socket.on('connect', () => {
      socket.setTimeout(0);
      handlers.connected();
    });
    socket.on('data', (bytes) => handlers.received(bytes));
    socket.on('drain', () => handlers.drained());
    socket.on('error', (error) => (reason = reasonOf(error, host)));
    const onClose = (): void => void handlers.lost(reason);
    socket.on('close', onClose);
    // What is written at one time leaves with one call of the system.
    const write = (bytes: Buffer): void => {
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    };
    return {
      get unsentBytes() {
        return socket.writableLength;
      },
      write,
      close: () => {
        socket.off('close', onClose);
        socket.removeAllListeners('data');
        socket.destroy();
      },
    };
  };
}

/** What the log says of a connection that has failed. In containers a server that does not run has no name. */
function reasonOf({ code, message }: NodeJS.ErrnoException, host: string): string {
  if (code === undefined) return message;
  return NO_SUCH_NAME.includes(code) ? `${code}: no host is called ${host}: does the server run?` : code;
}

import { createConnection } from 'node:net';

import { Connect } from './transport';

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;

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
    socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    const onClose = (): void => handlers.lost(reason);
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

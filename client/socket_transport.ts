import type { Socket } from 'node:net';

import { Transport, TransportHandlers } from './transport';

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;

/** The codes of a name that nobody has, or that nobody can be asked for. */
const NO_SUCH_NAME = ['ENOTFOUND', 'EAI_AGAIN'];

/** Whom a socket connects to. */
export interface SocketPeer {
  readonly host: string;
  /** What is wrong, where an error is one that does not pass by itself; `undefined` for another. */
  mistakeOf(error: NodeJS.ErrnoException): string | undefined;
}

/**
 * A transport over a socket that is connecting.
 *
 * @param ready the event of the socket that says that it can be written to
 */
export function socketTransport(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  peer: SocketPeer,
  handlers: TransportHandlers,
): Transport {
  let reason = 'closed by the server';
  let isLasting = false;
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no connection in time')));
  socket.on(ready, () => {
    socket.setTimeout(0);
    handlers.connected();
  });
  socket.on('data', (bytes) => handlers.received(bytes));
  socket.on('drain', () => handlers.drained());
  socket.on('error', (error) => {
    const mistake = peer.mistakeOf(error);
    isLasting = mistake !== undefined;
    reason = mistake ?? reasonOf(error, peer.host);
  });
  const onClose = (): void => void handlers.lost(reason, isLasting);
  socket.on('close', onClose);
  return {
    get unsentBytes() {
      return socket.writableLength;
    },
    // What is written at one time leaves with one call of the system.
    write: (bytes) => {
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    },
    close: () => {
      socket.off('close', onClose);
      socket.removeAllListeners('data');
      socket.destroy();
    },
  };
}

/** What the log says of a connection that has failed. In containers a server that does not run has no name. */
function reasonOf({ code, message }: NodeJS.ErrnoException, host: string): string {
  if (code === undefined) return message;
  return NO_SUCH_NAME.includes(code) ? `${code}: no host is called ${host}: does the server run?` : code;
}

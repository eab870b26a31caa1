import { Socket } from 'node:net';

/**
 * Closes a connection with a reset.
 *
 * A socket that has begun to end cannot be reset any more: Node would leave it open, and spin at the end of the
 * process. It is closed in the ordinary way, and so is one that is not connected yet.
 */
export function resetSocket(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

import type { Socket } from 'node:net';

/** Why a connection has no first byte. */
export type NoFirstByte = 'closed' | 'late';

/**
 * Waits for the first byte of a connection; it and what has come with it stay to be read.
 *
 * @param timeoutMs how long
 * @param done told the byte, or why there is none; never, when the socket is destroyed meanwhile
 */
export function firstByte(
  socket: Socket,
  timeoutMs: number,
  done: (first: number | NoFirstByte) => void,
): void {
  const finish = (first: number | NoFirstByte): void => {
    leave();
    done(first);
  };
  const look = (): void => {
    const bytes = socket.read() as Buffer | null;
    const [first] = bytes ?? [];
    if (bytes === null || first === undefined) return;
    leave();
    socket.unshift(bytes);
    done(first);
  };
  const atEnd = (): void => finish('closed');
  const timer = setTimeout(() => finish('late'), timeoutMs);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off('readable', look).off('end', atEnd).off('close', leave);
  };
  socket.on('readable', look).on('end', atEnd).on('close', leave);
}

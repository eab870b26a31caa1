/** Standard output that never blocks in a write. */
import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** The descriptor of standard output. */
export const STANDARD_OUTPUT = 1;

/**
 * Standard output as a socket, if it is a pipe or a socket. Writes do not block: one that is stuck in a thread, because
 * nobody reads, would keep the process from exiting.
 *
 * @returns undefined if it is a file or a terminal
 */
export function standardOutputSocket(): Socket | undefined {
  const kind = fstatSync(STANDARD_OUTPUT);
  if (kind.isFIFO()) return new Socket({ fd: reopenWithoutBlocking(), readable: false });
  if (kind.isSocket()) return new Socket({ fd: STANDARD_OUTPUT, readable: false });
  return undefined;
}

/** A file description of our own, so that the pipe does not become non-blocking for other processes that share it. */
function reopenWithoutBlocking(): number {
  try {
    return openSync(`/proc/self/fd/${STANDARD_OUTPUT}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return STANDARD_OUTPUT;
  }
}

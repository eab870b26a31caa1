/** Standard output, without ever being stuck in a write. */
import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** The descriptor of standard output. */
export const STANDARD_OUTPUT = 1;

/**
 * Standard output as a socket, where it is a pipe or a socket. It is written without blocking: a write that is stuck
 * in a thread, because nobody reads, would keep the process from ending.
 *
 * @returns undefined where it is a file or a terminal
 */
export function standardOutputSocket(): Socket | undefined {
  const kind = fstatSync(STANDARD_OUTPUT);
  if (kind.isFIFO()) return new Socket({ fd: reopenWithoutBlocking(), readable: false });
  if (kind.isSocket()) return new Socket({ fd: STANDARD_OUTPUT, readable: false });
  return undefined;
}

/** A description of the pipe that is ours alone, so that those who share it are not made non-blocking as well. */
function reopenWithoutBlocking(): number {
  try {
    return openSync(`/proc/self/fd/${STANDARD_OUTPUT}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return STANDARD_OUTPUT;
  }
}

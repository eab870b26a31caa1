/** Where log lines go: standard output, without ever waiting for whoever reads it. */
import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

import pino from 'pino';

/** Lines that the reader has not taken, in bytes: those beyond are dropped. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 200;
const STANDARD_OUTPUT = 1;

/** Takes lines. */
export interface LogSink {
  write(line: string): void;
  /** Writes what is left, for at most {@link CLOSE_TIMEOUT_MS}; nothing is taken afterwards. */
  close(): Promise<void>;
}

/**
 * Standard output as a sink. A pipe or a socket is written without blocking: a write that is stuck in a thread,
 * because nobody reads, would keep the process from ending.
 */
export function standardOutputSink(): LogSink {
  const kind = fstatSync(STANDARD_OUTPUT);
  if (kind.isFIFO()) return socketSink(new Socket({ fd: reopenWithoutBlocking(), readable: false }));
  if (kind.isSocket()) return socketSink(new Socket({ fd: STANDARD_OUTPUT, readable: false }));
  return fileSink();
}

/** A description of the pipe that is ours alone, so that those who share it are not made non-blocking as well. */
function reopenWithoutBlocking(): number {
  try {
    return openSync(`/proc/self/fd/${STANDARD_OUTPUT}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return STANDARD_OUTPUT;
  }
}

function socketSink(socket: Socket): LogSink {
  // A closed pipe (`program | head`) ends the reader, not the program.
  socket.on('error', () => undefined);
  // Waiting to write is no reason to stay alive.
  socket.unref();
  return {
    write: (line) => {
      if (socket.writable && socket.writableLength < MAX_UNWRITTEN_BYTES) socket.write(line);
    },
    close: () => within(CLOSE_TIMEOUT_MS, (done) => socket.end(done)),
  };
}

function fileSink(): LogSink {
  const sink = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: MAX_UNWRITTEN_BYTES });
  sink.on('error', () => undefined);
  let isClosed = false;
  return {
    write: (line) => {
      if (!isClosed) sink.write(line);
    },
    close: () => {
      if (isClosed) return Promise.resolve();
      isClosed = true;
      return within(CLOSE_TIMEOUT_MS, (done) => {
        sink.once('close', done);
        sink.end();
      });
    },
  };
}

function within(limitMs: number, work: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    work(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

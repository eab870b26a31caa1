/** Where log lines go: standard output, without ever waiting for its reader. */
import type { Socket } from 'node:net';

import pino from 'pino';

import { STANDARD_OUTPUT, standardOutputSocket } from './standard_output';

/** The most bytes that wait for the reader; further lines are dropped. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 200;

/** A destination of lines. */
export interface LogSink {
  write(line: string): void;
  /** Writes what is left, for at most {@link CLOSE_TIMEOUT_MS}; later lines are ignored. */
  close(): Promise<void>;
}

/** Standard output as a sink. */
export function standardOutputSink(): LogSink {
  const socket = standardOutputSocket();
  return socket === undefined ? fileSink() : socketSink(socket);
}

function socketSink(socket: Socket): LogSink {
  // A closed pipe (`program | head`) ends the reader, not the program.
  socket.on('error', () => undefined);
  // An unfinished write does not keep the process alive.
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

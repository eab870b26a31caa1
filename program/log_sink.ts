/** Where log lines go: standard output, without ever waiting for whoever reads it. */
import type { Socket } from 'node:net';

import pino from 'pino';

import { STANDARD_OUTPUT, standardOutputSocket } from './standard_output';

/** Lines that the reader has not taken, in bytes: those beyond are dropped. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 200;

/** Takes lines. */
export interface LogSink {
  write(line: string): void;
  /** Writes what is left, for at most {@link CLOSE_TIMEOUT_MS}; nothing is taken afterwards. */
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

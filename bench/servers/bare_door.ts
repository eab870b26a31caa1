/**
 * The least that a server can do for the agencies' protocol, to compare the real one with. It checks every field, as
 * ours does, keeps no other rule and bounds nothing.
 */
import { createServer, Socket } from 'node:net';

import { exitOnUnexpectedErrors } from '../../program/exit';
import { encodeAck } from '../../protocol/ack';
import { CheckedBatch, checkBatch } from '../../protocol/checked_batch';
import { RequestDecoder } from '../../protocol/request_decoder';

/** A batch that waits for its acknowledgement. */
export interface PlacedBatch extends CheckedBatch {
  readonly socket: Socket;
}

/** Where the batches go; calls {@link acknowledge} when they are there. */
export type Place = (batch: PlacedBatch) => void;

/** Lets the batches that come in one turn of the event loop be stored together, then answers them. */
export function inGroups(store: (group: readonly PlacedBatch[]) => void): Place {
  let waiting: PlacedBatch[] = [];
  return (batch) => {
    waiting.push(batch);
    if (waiting.length > 1) return;
    setImmediate(() => {
      const group = waiting;
      waiting = [];
      store(group);
      acknowledge(group);
    });
  };
}

/** Answers batches that are stored: one write for each connection. */
export function acknowledge(batches: readonly PlacedBatch[]): void {
  const sockets = new Set<Socket>();
  for (const { socket, agency, batchId } of batches) {
    if (!sockets.has(socket)) {
      sockets.add(socket);
      socket.cork();
    }
    socket.write(encodeAck(agency, batchId));
  }
  for (const socket of sockets) socket.uncork();
}

/**
 * Serves until SIGTERM, on a free port of the loopback address, and tells the parent process which.
 *
 * @param close called at the end
 */
export function serveBare(place: Place, close: () => void): void {
  exitOnUnexpectedErrors();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const decoder = new RequestDecoder();
    socket.on('data', (chunk: Buffer) => {
      decoder.push(chunk);
      for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
        if (message.type === 'BET') place({ ...checkBatch(message), socket });
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
  });
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    server.close(close);
    for (const socket of sockets) socket.destroy();
    if (process.connected) process.disconnect();
  };
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
}

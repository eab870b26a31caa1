/** What every store's start needs. */
import { connect } from 'node:net';

import { OperationError, oneLine } from '../../program/exit';
import { RunningServer } from '../contestants';
import { Wire } from '../load/wire';
import { ServerProcess } from './server_process';

const START_TIMEOUT_MS = 20_000;
const ANSWER_TIMEOUT_MS = 5_000;
const RETRY_MS = 20;

/** How a server that was just started is made ready for batches. */
export interface Preparation {
  /** A way of speaking to it, for one connection. */
  readonly createWire: () => Wire;
  /** What must be there before the first batch, as one message that gets one answer. */
  readonly request?: Buffer;
}

/**
 * Waits until a server answers, and prepares it.
 *
 * @throws OperationError when it ends or does not answer in time; it is stopped then
 */
export async function prepared(
  server: ServerProcess,
  port: number,
  preparation: Preparation,
): Promise<RunningServer> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  try {
    while (!(await isPrepared(port, preparation, performance.now() > deadlineMs))) {
      server.check();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { port, processId: server.processId, stop: () => server.stop() };
}

/** Tries once; only the last trial's failure is an error. */
async function isPrepared(port: number, preparation: Preparation, isLast: boolean): Promise<boolean> {
  try {
    await converse(port, preparation.createWire(), preparation.request);
    return true;
  } catch (error) {
    if (isLast) throw new OperationError(`the server does not answer: ${oneLine(error)}`);
    return false;
  }
}

/** Greets, asks and waits for each answer. */
async function converse(port: number, wire: Wire, request: Buffer | undefined): Promise<void> {
  const requests = request === undefined ? [] : [request];
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => reject(new Error('no answer')));
      socket.once('connect', () => socket.write(wire.greeting ?? ''));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
      socket.on('data', (chunk: Buffer) => {
        try {
          for (let left = wire.answers(chunk, (bytes) => socket.write(bytes)); left > 0; left--) {
            const next = requests.shift();
            if (next === undefined) resolve();
            else socket.write(next);
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  } finally {
    socket.destroy();
  }
}

import { Worker } from 'node:worker_threads';

import { ConfigurationError, OperationError } from '../../../program/exit';
import { ownProgram } from '../../../program/own_files';
import type { LedgerState } from '../ledger';
import type { FromWriter, ToWriter, WriterStart } from './writer_messages';

/** A writer that has opened the ledger, as the main thread sees it. */
export interface RunningWriter {
  postMessage(message: ToWriter): void;
  on(event: 'message', listener: (message: FromWriter) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

/** Another program has locked the ledger's file: it may be tried again. */
export class LockedAtOpening extends OperationError {}

/** A writer, and what it found in the ledger. */
export interface StartedWriter {
  readonly writer: RunningWriter;
  readonly state: LedgerState;
}

/** A thread that waits for what the next writer is to be started with. */
let prepared: Worker | undefined;

/**
 * Starts the thread of the next writer: until it knows of its ledger it only loads its code. That takes half of a server's
 * start, which the main thread can use to load its own. The thread keeps no program from ending.
 */
export function prepareWriter(): void {
  if (prepared !== undefined) return;
  const thread = newThread();
  thread.unref();
  // One that cannot begin is started again when it is needed, and tells then what is wrong.
  const forget = (): void => {
    if (prepared === thread) prepared = undefined;
  };
  thread.once('error', forget);
  thread.once('exit', forget);
  prepared = thread;
}

/** Ends the thread that was prepared, where no writer is needed. */
export async function dropPreparedWriter(): Promise<void> {
  const thread = prepared;
  prepared = undefined;
  await thread?.terminate();
}

/**
 * Starts a writer in a thread (writer_thread.ts), the prepared one if there is one, and waits until it has opened the ledger.
 *
 * @throws ConfigurationError, OperationError as it tells them; {@link LockedAtOpening}
 */
export function startWriter(start: WriterStart): Promise<StartedWriter> {
  const writer = prepared ?? newThread();
  prepared = undefined;
  writer.ref();
  return new Promise((resolve, reject) => {
    writer.once('error', reject);
    writer.once('message', (message: FromWriter) => {
      writer.removeListener('error', reject);
      if (message.kind === 'opened') return resolve({ writer, state: message.state });
      if (message.kind !== 'not-opened')
        return reject(new Error(`the writer has begun with ${message.kind}`));
      const { reason, isConfiguration, isLocked } = message;
      if (isLocked) return reject(new LockedAtOpening(reason));
      reject(isConfiguration ? new ConfigurationError(reason) : new OperationError(reason));
    });
    writer.postMessage(start);
  });
}

function newThread(): Worker {
  return new Worker(ownProgram('server/ledger/sqlite/writer_thread'));
}

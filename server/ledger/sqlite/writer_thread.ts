/**
 * The thread that owns the ledger's file for writing: the storage lock. Its first message is a {@link WriterStart}; until
 * that comes it opens nothing.
 */
import { join } from 'node:path';
import { MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import { isDamage } from './damage';
import { LedgerLocked } from './file_lock';
import { LogMover } from './log_mover';
import { openStore } from './open_store';
import { LEDGER_FILE, Store } from './store';
import { SubmissionReceiver } from './submission_ring';
import { Writer } from './writer';
import { FromWriter, ToWriter, WriterStart } from './writer_messages';

/** Serves until it is asked to close, or the storage fails. */
function serve(port: MessagePort, store: Store, start: WriterStart): void {
  const send = (message: FromWriter): void => port.postMessage(message);
  const logMover = new LogMover(join(start.folder, LEDGER_FILE));
  const writer = new Writer(store, new SubmissionReceiver(start.memory), {
    send,
    draw: () => nextDraw(port),
    logMover,
  });
  try {
    while (writer.run());
  } catch (error) {
    logMover.end();
    send({
      kind: 'failed',
      reason: oneLine(error),
      isDamaged: isDamage(error),
      committedFrames: store.abandon(),
    });
    return;
  }
  logMover.end();
  store.close();
  send({ kind: 'closed' });
}

/** The draw of the next operation that records one. */
function nextDraw(port: MessagePort): ToWriter {
  const received = receiveMessageOnPort(port) as { message: ToWriter } | undefined;
  if (received === undefined) throw new Error('there is no draw to record');
  return received.message;
}

function run(port: MessagePort, start: WriterStart): void {
  const send = (message: FromWriter): void => port.postMessage(message);
  let store: Store;
  try {
    store = openStore(start);
  } catch (error) {
    const isTold = error instanceof ConfigurationError || error instanceof OperationError;
    const reason = isTold ? oneLine(error) : `${join(start.folder, LEDGER_FILE)}: ${oneLine(error)}`;
    send({
      kind: 'not-opened',
      reason,
      isConfiguration: error instanceof ConfigurationError,
      isLocked: error instanceof LedgerLocked,
    });
    return;
  }
  send({ kind: 'opened', state: store.state });
  serve(port, store, start);
}

const port = parentPort;
// The thread may be started before it is known what for.
port?.once('message', (start: WriterStart) => run(port, start));

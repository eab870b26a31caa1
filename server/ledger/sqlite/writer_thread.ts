/** The thread that owns the ledger's file for writing: the storage lock. */
import { join } from 'node:path';
import { MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import { HandOverReceiver } from './hand_over';
import { requireWholeLog } from './log_check';
import { cutLog, rewriteLog } from './log_durability';
import { LogMover } from './log_mover';
import { FromWriter, ToWriter, WriterStart } from './operations';
import { LEDGER_FILE, Store } from './store';
import { Writer } from './writer';

/** Opens the ledger from what is durable. */
function open({ folder, terms, mayCreate, committedFrames }: WriterStart): Store {
  const logFile = `${join(folder, LEDGER_FILE)}-wal`;
  if (committedFrames !== undefined) cutLog(logFile, committedFrames);
  requireWholeLog(logFile);
  rewriteLog(logFile);
  return Store.open(folder, terms, mayCreate);
}

/** Serves until it is asked to close, or the storage fails. */
function serve(port: MessagePort, store: Store, start: WriterStart): void {
  const send = (message: FromWriter): void => port.postMessage(message);
  const logMover = new LogMover(join(start.folder, LEDGER_FILE));
  const writer = new Writer(store, new HandOverReceiver(start.memory), {
    send,
    draw: () => lastMessage(port),
    logMover,
  });
  try {
    while (writer.run());
  } catch (error) {
    logMover.end();
    send({ kind: 'failed', reason: oneLine(error), committedFrames: store.abandon() });
    return;
  }
  logMover.end();
  store.close();
  send({ kind: 'closed' });
}

/** The last draw that was sent: those before it were never stored. */
function lastMessage(port: MessagePort): ToWriter {
  let last: ToWriter | undefined;
  for (let next = nextMessage(port); next !== undefined; next = nextMessage(port)) last = next;
  if (last === undefined) throw new Error('there is no draw to store');
  return last;
}

function nextMessage(port: MessagePort): ToWriter | undefined {
  return (receiveMessageOnPort(port) as { message: ToWriter } | undefined)?.message;
}

function run(port: MessagePort, start: WriterStart): void {
  const send = (message: FromWriter): void => port.postMessage(message);
  let store: Store;
  try {
    store = open(start);
  } catch (error) {
    const isTold = error instanceof ConfigurationError || error instanceof OperationError;
    const reason = isTold ? oneLine(error) : `${join(start.folder, LEDGER_FILE)}: ${oneLine(error)}`;
    send({ kind: 'not-opened', reason, isConfiguration: error instanceof ConfigurationError });
    return;
  }
  send({ kind: 'opened', state: store.state });
  serve(port, store, start);
}

if (parentPort !== null) run(parentPort, workerData as WriterStart);

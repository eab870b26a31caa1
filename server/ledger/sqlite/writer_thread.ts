/** The thread that owns the ledger's file for writing: the storage lock. */
import { join } from 'node:path';
import { MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import { FolderLock } from './folder_lock';
import { requireWholeLog } from './log_check';
import { rewriteLog } from './log_durability';
import { FromWriter, ToWriter, WriterStart } from './operations';
import { LEDGER_FILE, Store } from './store';
import { Writer } from './writer';

/** How much text one commit takes at most, so that nobody waits long for the others' batches. */
const MAX_COMMIT_BYTES = 4 * 1024 * 1024;

/** Serves the port until it is asked to close. */
function serve(port: MessagePort, writer: Writer): void {
  const send = (message: FromWriter): void => port.postMessage(message);
  port.on('message', (first: ToWriter) => {
    let message: ToWriter | undefined = first;
    while (message !== undefined) {
      if (message.kind === 'parcel') {
        // The commit group is whatever waits.
        const group = [message];
        let bytes = message.text.length;
        message = nextMessage(port);
        while (message?.kind === 'parcel' && bytes < MAX_COMMIT_BYTES) {
          group.push(message);
          bytes += message.text.length;
          message = nextMessage(port);
        }
        send(writer.commit(group));
      } else if (message.kind === 'close') {
        writer.close();
        send({ kind: 'closed' });
        port.close();
        return;
      } else {
        if (message.kind === 'store-draw') send(writer.storeDraw(message.draw));
        else writer.goOn();
        message = nextMessage(port);
      }
    }
  });
}

function nextMessage(port: MessagePort): ToWriter | undefined {
  return (receiveMessageOnPort(port) as { message: ToWriter } | undefined)?.message;
}

/** What the thread says first. */
export type WriterOpened =
  | { readonly kind: 'opened'; readonly state: Store['state'] }
  | { readonly kind: 'not-opened'; readonly reason: string; readonly isConfiguration: boolean };

function start(port: MessagePort, { folder, terms }: WriterStart): void {
  const say = (message: WriterOpened): void => port.postMessage(message);
  try {
    // Held for as long as this thread lives.
    const lock = FolderLock.take(folder);
    const file = join(folder, LEDGER_FILE);
    lock.requireFile(file);
    requireWholeLog(`${file}-wal`);
    rewriteLog(`${file}-wal`);
    const store = Store.open(folder, terms, !lock.isMade);
    lock.markMade();
    port.on('close', () => lock.release());
    serve(
      port,
      new Writer(store, (committedFrames) => Store.openAfterFailure(folder, terms, committedFrames)),
    );
    say({ kind: 'opened', state: store.state });
  } catch (error) {
    const isTold = error instanceof ConfigurationError || error instanceof OperationError;
    const reason = isTold ? oneLine(error) : `${join(folder, LEDGER_FILE)}: ${oneLine(error)}`;
    say({ kind: 'not-opened', reason, isConfiguration: error instanceof ConfigurationError });
    port.close();
  }
}

if (parentPort !== null) start(parentPort, workerData as WriterStart);

/** A worker: a thread that reads and checks the bodies of batches, one at a time, so that no agency waits meanwhile. */
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

import { answerTo, CheckRequest, transferOf } from './check_messages';

/** How much the main thread and the writer go before it where there are too few processors. */
const NICE = 10;

// Elsewhere it would be the priority of the whole process.
if (process.platform === 'linux') setPriority(0, NICE);

const port = parentPort;
port?.on('message', (request: CheckRequest) => {
  const answer = answerTo(request);
  port.postMessage(answer, transferOf(answer));
});

/** Runs the shipped verifier over draws that it is sent, in a thread: a test under Jest cannot import its module. */
import { Buffer } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';

import { PARTS } from '../../../verifier/verify.mjs';

const bytesOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const folderOf = (files) => ({
  read: (path) => (files.has(path) ? bytesOf(files.get(path)) : undefined),
  list: () => [...files.keys()],
});

/** The same for all draws: to read it takes as long as to check a signature. */
const POLICY = PARTS.parsePolicy(bytesOf(workerData));

async function judge({ bundle, own, notes }) {
  const lines = [];
  const print = (line) => lines.push(line);
  if (notes !== undefined) {
    const { exitCode } = PARTS.judgeEvidence(POLICY, notes.map(bytesOf), print);
    return { exitCode, failed: exitCode === 1 ? 'evidence' : undefined, lines };
  }
  const inputs = { policy: POLICY, bundle: folderOf(bundle) };
  if (own !== undefined) {
    Object.assign(inputs, {
      agency: own.agency,
      bets: [bytesOf(own.csv)],
      receipts: folderOf(own.receipts),
    });
  }
  const { exitCode, failed } = await PARTS.verifyDraw(inputs, print);
  return { exitCode, failed, lines };
}

parentPort.on('message', async (cases) => {
  const verdicts = [];
  for (const each of cases) verdicts.push(await judge(each));
  parentPort.postMessage(verdicts);
});

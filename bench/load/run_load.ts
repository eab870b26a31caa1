import { fork } from 'node:child_process';
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { cpuMsOfTree, memoryMibOfTree } from '../process_usage';
import { FromLoad, LAST_ANSWERS_MS, LoadPlan, LoadResult } from './load';

/** What was seen of a server under load. */
export interface Measured extends LoadResult {
  /** The processor time of the server and its child processes while the load counted. */
  readonly serverCpuMs: number;
  /** The most memory that a server of one process had; of several, what they had together at the load's end. */
  readonly peakMemoryMib: number;
}

/** What a load may take beyond its own durations: to connect, and to get the last answers. */
const GRACE_MS = LAST_ANSWERS_MS + 10_000;

/**
 * Puts a load on a server.
 *
 * @param processId the server's process; those that it has started are measured with it
 * @throws OperationError when the server refuses a batch, goes away or does not answer in time
 */
export async function runLoad(plan: LoadPlan, processId: number): Promise<Measured> {
  const child = fork(join(__dirname, 'load_generator.js'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    timeout: plan.warmUpMs + plan.measureMs + GRACE_MS,
    killSignal: 'SIGKILL',
  });
  let cpuAtBeginMs = NaN;
  let serverCpuMs = NaN;
  let peakMemoryMib = NaN;
  return new Promise<Measured>((resolve, reject) => {
    child.on('message', (message: FromLoad) => {
      if (message.kind === 'begun') cpuAtBeginMs = cpuMsOfTree(processId);
      else if (message.kind === 'ended') {
        serverCpuMs = cpuMsOfTree(processId) - cpuAtBeginMs;
        peakMemoryMib = memoryMibOfTree(processId);
      } else {
        resolve({ ...message.result, serverCpuMs, peakMemoryMib });
        child.disconnect();
      }
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new OperationError('the load generator has failed'));
    });
    child.send(plan);
  });
}

import { fork } from 'node:child_process';
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { sumOf } from '../figures';
import { cpuMsOfTree, memoryMibOfTree } from '../process_usage';
import { FromLoad, LAST_ANSWERS_MS, LoadPlan, LoadResult } from './load';

/** What was seen of a server, or of several processes that serve together, under load. */
export interface Measured extends LoadResult {
  /** The processor time of the processes and their child processes while the load counted. */
  readonly serverCpuMs: number;
  /** The same for each of the processes with its children, in their order. */
  readonly processCpuMs: readonly number[];
  /**
   * The most memory that a server of one process had; of one with child processes, what they had together at the
   * load's end. Of several servers, the sum.
   */
  readonly peakMemoryMib: number;
}

/** What a load may take beyond its own durations: to connect, and to get the last answers. */
const GRACE_MS = LAST_ANSWERS_MS + 10_000;

/**
 * Puts a load on a server.
 *
 * @param processIds the server's process, or several; those that they have started are measured with them
 * @throws OperationError when the server refuses a batch, goes away or does not answer in time
 */
export async function runLoad(plan: LoadPlan, ...processIds: readonly number[]): Promise<Measured> {
  const child = fork(join(__dirname, 'load_generator.js'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    timeout: plan.warmUpMs + plan.measureMs + GRACE_MS,
    killSignal: 'SIGKILL',
  });
  let cpuAtBeginMs: readonly number[] = [];
  let processCpuMs: readonly number[] = [];
  let peakMemoryMib = NaN;
  return new Promise<Measured>((resolve, reject) => {
    child.on('message', (message: FromLoad) => {
      if (message.kind === 'begun') cpuAtBeginMs = processIds.map(cpuMsOfTree);
      else if (message.kind === 'ended') {
        processCpuMs = processIds.map((id, index) => cpuMsOfTree(id) - cpuAtBeginMs[index]!);
        peakMemoryMib = sumOf(processIds.map(memoryMibOfTree));
      } else {
        resolve({ ...message.result, serverCpuMs: sumOf(processCpuMs), processCpuMs, peakMemoryMib });
        child.disconnect();
      }
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new OperationError('the load generator has failed'));
    });
    child.send(plan);
  });
}

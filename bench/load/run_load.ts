import { fork } from 'node:child_process';
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { cpuMsOf } from '../process_usage';
import { FromLoad, LoadPlan, LoadResult } from './load';

/** What was seen of a server under load. */
export interface Measured extends LoadResult {
  /** The server's processor time while the load counted. */
  readonly serverCpuMs: number;
}

/**
 * Puts a load on a server.
 *
 * @param processId the server's process, whose processor time is measured
 * @throws OperationError when the server refuses a batch or goes away
 */
export async function runLoad(plan: LoadPlan, processId: number): Promise<Measured> {
  const child = fork(join(__dirname, 'load_generator.js'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let cpuAtBeginMs = NaN;
  let serverCpuMs = NaN;
  return new Promise<Measured>((resolve, reject) => {
    child.on('message', (message: FromLoad) => {
      if (message.kind === 'begun') cpuAtBeginMs = cpuMsOf(processId);
      else if (message.kind === 'ended') serverCpuMs = cpuMsOf(processId) - cpuAtBeginMs;
      else resolve({ ...message.result, serverCpuMs });
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new OperationError('the load generator has failed'));
    });
    child.send(plan);
  });
}

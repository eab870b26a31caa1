import { ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { LAST_ANSWERS_MS } from '../load/load';
import { cpuMsOfTree, peakMemoryMib } from '../process_usage';
import type { FromHttpLoad, HttpLoadPlan, HttpLoadResult, ToHttpLoad } from './http_load_plan';

/** What was seen of a server under load. */
export interface HttpMeasured extends HttpLoadResult {
  /** The processor time of the server's process, all its threads, while the load counted. */
  readonly serverCpuMs: number;
  /** The most memory that it had. */
  readonly peakMemoryMib: number;
}

/** A load that is under way. */
export interface RunningHttpLoad {
  /** Resolves when it begins to count. @throws OperationError as `result` does */
  readonly begun: Promise<void>;
  /**
   * What came out.
   *
   * @throws OperationError when an answer is wrong, or the server goes away or does not answer in time
   */
  readonly result: Promise<HttpMeasured>;
  /** Ends it early. */
  stop(): void;
}

/** What a load may take beyond its own durations: to connect, and to get the last answers. */
const GRACE_MS = LAST_ANSWERS_MS + 20_000;

/** Puts a load on a server's HTTP door. */
export function startHttpLoad(plan: HttpLoadPlan, processId: number): RunningHttpLoad {
  const child = fork(join(__dirname, 'http_load_generator.js'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    timeout: plan.warmUpMs + plan.measureMs + GRACE_MS,
    killSignal: 'SIGKILL',
  });
  let announceBegun = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => (announceBegun = resolve));
  const result = resultOf(child, processId, announceBegun);
  const begun = Promise.race([hasBegun, result.then(() => undefined)]);
  begun.catch(() => undefined);
  const say = (message: ToHttpLoad): void => void child.send(message);
  say({ kind: 'plan', plan });
  return { begun, result, stop: () => say({ kind: 'stop' }) };
}

function resultOf(child: ChildProcess, processId: number, onBegun: () => void): Promise<HttpMeasured> {
  let cpuAtBeginMs = 0;
  let serverCpuMs = NaN;
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromHttpLoad) => {
      if (message.kind === 'begun') {
        cpuAtBeginMs = cpuMsOfTree(processId);
        onBegun();
      } else if (message.kind === 'ended') {
        serverCpuMs = cpuMsOfTree(processId) - cpuAtBeginMs;
      } else {
        resolve({ ...message.result, serverCpuMs, peakMemoryMib: peakMemoryMib(processId) });
        child.disconnect();
      }
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new OperationError('the load generator has failed'));
    });
  });
}

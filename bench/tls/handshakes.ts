/** How many connections a second one client can begin, with and without a handshake. */
import { fork } from 'node:child_process';
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { inFolder } from '../contestants';
import { spreadOf, Spread } from '../figures';
import { cpuMsOf } from '../process_usage';
import { takeTurns } from '../throughput';
import { BEGINNINGS, Beginning, FromHandshakes, HandshakePlan, HandshakeResult } from './handshake_plan';
import { startWithTls } from './tls_contestants';

/** What is measured. */
export type HandshakesPlan = Pick<HandshakePlan, 'certificates' | 'together' | 'warmUpMs' | 'measureMs'> & {
  readonly rounds: number;
  readonly folder: string;
};

/** One way to begin, in one round. */
export interface HandshakeRun extends HandshakeResult {
  readonly beginning: Beginning;
  /** The server's processor time while the client counted. */
  readonly serverCpuMs: number;
}

/** What the runs of one way to begin come to. */
export interface HandshakeFigures {
  readonly beginning: Beginning;
  readonly connectionsPerSecond: Spread;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time for a connection, in milliseconds: the server's, and the client's. */
  readonly serverCpuMs: number;
  readonly clientCpuMs: number;
  readonly agreed: string;
}

/** What a client may take beyond its durations. */
const GRACE_MS = 20_000;

/** Measures all ways to begin by turns. @param report called with each run as it ends */
export function measureHandshakes(
  plan: HandshakesPlan,
  report: (run: HandshakeRun) => void,
): Promise<HandshakeRun[]> {
  const turns = { contestants: BEGINNINGS, cases: [plan], rounds: plan.rounds };
  return takeTurns(turns, (beginning) => measureOne(plan, beginning), report);
}

/** Sums up runs, in the order in which they were measured. */
export function sumUpHandshakes(runs: readonly HandshakeRun[]): HandshakeFigures[] {
  return BEGINNINGS.map((beginning) => {
    const group = runs.filter((run) => run.beginning === beginning);
    const median = (value: (run: HandshakeRun) => number): number => spreadOf(group.map(value)).median;
    return {
      beginning,
      connectionsPerSecond: spreadOf(group.map((run) => (run.connections / run.elapsedMs) * 1_000)),
      p50Ms: median(({ p50Ms }) => p50Ms),
      p99Ms: median(({ p99Ms }) => p99Ms),
      serverCpuMs: median((run) => run.serverCpuMs / run.connections),
      clientCpuMs: median((run) => run.cpuMs / run.connections),
      agreed: group[0]?.agreed ?? '',
    };
  });
}

function measureOne(
  { certificates, together, warmUpMs, measureMs, folder: parent }: HandshakesPlan,
  beginning: Beginning,
): Promise<HandshakeRun> {
  return inFolder(parent, async (folder) => {
    const server = await startWithTls(folder, certificates);
    try {
      const port = beginning === 'plain' ? server.port : server.tlsPort;
      const plan = { port, beginning, certificates, together, warmUpMs, measureMs };
      return { beginning, ...(await runClient(plan, server.processId)) };
    } finally {
      await server.stop();
    }
  });
}

function runClient(
  plan: HandshakePlan,
  processId: number,
): Promise<HandshakeResult & Pick<HandshakeRun, 'serverCpuMs'>> {
  const child = fork(join(__dirname, 'handshake_client.js'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    timeout: plan.warmUpMs + plan.measureMs + GRACE_MS,
    killSignal: 'SIGKILL',
  });
  let cpuAtBeginMs = NaN;
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromHandshakes) => {
      if (message.kind === 'begun') cpuAtBeginMs = cpuMsOf(processId);
      else {
        resolve({ ...message.result, serverCpuMs: cpuMsOf(processId) - cpuAtBeginMs });
        child.disconnect();
      }
    });
    child.once('exit', (code) => {
      if (code !== 0) reject(new OperationError('the client has failed'));
    });
    child.send(plan);
  });
}

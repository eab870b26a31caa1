/** One agency, with a server that keeps nothing, until all its bets are acknowledged. */
import { join } from 'node:path';

import { MeasuredProcess, Usage } from './measured_process';

const COMPILED = join(__dirname, '..', '..');

/** What an agency has done and used. */
export interface AgencyRun extends Usage {
  /** Bets that the server has acknowledged; 0 when the time was over before the last. */
  readonly bets: number;
  /** The processor time of the server. */
  readonly serverCpuSeconds: number;
}

/**
 * Runs an agency on a file.
 *
 * @param ackDelayMs how long the server takes for a batch
 * @param limitMs when it is looked at, should it not be done before
 */
export async function runAgency(file: string, ackDelayMs: number, limitMs: number): Promise<AgencyRun> {
  const sink = MeasuredProcess.withChannel(join(__dirname, 'sink_server.js'), [String(ackDelayMs)]);
  let agency: MeasuredProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const port = portOf(await sink.message('address'));
    const done = sink.message('ackedBets');
    agency = MeasuredProcess.plain(join(COMPILED, 'bundled', 'client', 'main.js'), {
      CLI_ID: '1',
      CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
      CLI_DATA_FILE: file,
      CLI_LOG_LEVEL: 'WARNING',
    });
    const late = new Promise<number>((resolve) => (timer = setTimeout(() => resolve(0), limitMs)));
    const bets = await Promise.race([done, late, agency.failure()]);
    return { ...agency.usage(), bets: Number(bets), serverCpuSeconds: sink.usage().cpuSeconds };
  } finally {
    clearTimeout(timer);
    await agency?.end();
    await sink.end();
  }
}

function portOf(address: unknown): number {
  if (typeof address === 'object' && address !== null && 'port' in address) return Number(address.port);
  throw new Error('the server has told no port');
}

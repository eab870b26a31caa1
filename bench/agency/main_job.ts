/** The main job: all agencies on the data of the project, from their start to the last one's winners. */
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { inFolder, startLottery } from '../contestants';
import { Spread, spreadOf } from '../figures';
import { MeasuredProcess } from './measured_process';

const COMPILED = join(__dirname, '..', '..');
const WIN_LINE = /\baction: consulta_ganadores \| result: success\b/;

/** What came out: seconds from the start of the agencies' processes, all at the same moment. */
export interface MainJobFigures {
  /** Until the last agency has logged that it knows its winners. */
  readonly secondsToLastWin: Spread;
  /** Until the last agency's process is gone. */
  readonly secondsToLastExit: Spread;
}

/**
 * Starts a server with a fresh ledger and, once it listens, all agencies; again and again.
 *
 * @param dataFolder where the agencies' files are: `agency-1.csv`, …
 * @throws Error when a program fails
 */
export async function measureMainJob(
  dataFolder: string,
  agencies: number,
  runs: number,
): Promise<MainJobFigures> {
  const times: JobTimes[] = [];
  for (let run = 0; run < runs; run++) times.push(await runMainJob(dataFolder, agencies));
  return {
    secondsToLastWin: spreadOf(times.map(({ win }) => win)),
    secondsToLastExit: spreadOf(times.map(({ exit }) => exit)),
  };
}

/** In seconds. */
interface JobTimes {
  readonly win: number;
  readonly exit: number;
}

function runMainJob(dataFolder: string, agencies: number): Promise<JobTimes> {
  return inFolder(tmpdir(), async (folder) => {
    const server = await startLottery(folder, { AGENCIES: String(agencies) });
    try {
      const startedMs = performance.now();
      const all = Array.from({ length: agencies }, (_, index) =>
        runOne(join(dataFolder, `agency-${index + 1}.csv`), index + 1, server.port, startedMs),
      );
      const times = await Promise.all(all);
      return {
        win: Math.max(...times.map(({ win }) => win)),
        exit: Math.max(...times.map(({ exit }) => exit)),
      };
    } finally {
      await server.stop();
    }
  });
}

async function runOne(file: string, agency: number, port: number, startedMs: number): Promise<JobTimes> {
  const since = (): number => (performance.now() - startedMs) / 1_000;
  const program = MeasuredProcess.plain(join(COMPILED, 'bundled', 'client', 'main.js'), {
    CLI_ID: String(agency),
    CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
    CLI_DATA_FILE: file,
    CLI_LOG_LEVEL: 'INFO',
    CLI_LOG_FORMAT: 'text',
  });
  const exited = once(program.child, 'exit');
  await untilLine(program, WIN_LINE);
  const win = since();
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw new Error(`agency ${agency} has ended with ${String(code)}`);
  return { win, exit: since() };
}

/** Waits for a line on standard output. */
function untilLine(program: MeasuredProcess, pattern: RegExp): Promise<void> {
  const { stdout } = program.child;
  if (stdout === null) throw new Error('a program without output');
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdout });
    lines.on('line', (line) => {
      if (pattern.test(line)) resolve();
    });
    lines.on('close', () => reject(new Error(`a program has ended without ${pattern.source}`)));
  });
}

/** How fast an agency streams a large file, compared with the parser only, and how much memory it takes. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runAgency } from './agency_run';
import { writeBetsFile } from './bets_file';
import { inFolder } from '../contestants';
import { Spread, spreadOf } from '../figures';
import { MeasuredProcess, Usage } from './measured_process';

/** No run takes longer. */
const LIMIT_MS = 300_000;

/** What is measured. */
export interface StreamingPlan {
  /** The file whose rows are repeated. */
  readonly source: string;
  readonly rows: number;
  readonly runs: number;
}

/** How fast one of them is. */
export interface StreamingSpeed {
  readonly seconds: Spread;
  readonly cpuSeconds: Spread;
  /** Of the median times. */
  readonly rowsPerSecond: number;
  readonly rowsPerCpuSecond: number;
  readonly peakMemoryMib: number;
}

/** What came out. Times count from the start of the process. */
export interface StreamingFigures {
  /** csv-parse, doing nothing with the rows. */
  readonly parser: StreamingSpeed;
  /** The agency: file, parser, checks, batches, socket, acknowledgements of a server that keeps nothing. */
  readonly agency: StreamingSpeed;
  /** The agency's rows a second of processor time over the parser's. */
  readonly share: number;
}

/** What an agency takes while the server is as slow as it is. */
export interface MemoryFigures {
  readonly peakMemoryMib: number;
  /** Bets that were acknowledged; 0 when the time was over before the last. */
  readonly bets: number;
  readonly seconds: number;
}

/** Measures both by turns, each as a process of its own. */
export function measureStreaming({ source, rows, runs }: StreamingPlan): Promise<StreamingFigures> {
  return withFile(source, rows, async (file) => {
    const parser: Usage[] = [];
    const agency: Usage[] = [];
    for (let run = 0; run < runs; run++) {
      parser.push(await parseAlone(file));
      const ran = await runAgency(file, 0, LIMIT_MS);
      if (ran.bets === 0) throw new Error('the agency has not come to its end');
      agency.push(ran);
    }
    const speeds = { parser: speedOf(parser, rows), agency: speedOf(agency, rows) };
    return { ...speeds, share: speeds.agency.rowsPerCpuSecond / speeds.parser.rowsPerCpuSecond };
  });
}

/**
 * Measures the memory of an agency on a large file.
 *
 * @param ackDelayMs how long the server takes for a batch
 * @param limitMs for how long it is looked at, should it not be done before
 */
export function measureMemory(
  source: string,
  rows: number,
  ackDelayMs: number,
  limitMs: number,
): Promise<MemoryFigures> {
  return withFile(source, rows, async (file) => {
    const { peakMemoryMib, bets, seconds } = await runAgency(file, ackDelayMs, limitMs);
    return { peakMemoryMib, bets, seconds };
  });
}

function withFile<Result>(
  source: string,
  rows: number,
  measure: (file: string) => Promise<Result>,
): Promise<Result> {
  return inFolder(tmpdir(), (folder) => {
    const file = join(folder, 'agency-1.csv');
    writeBetsFile(file, source, rows);
    return measure(file);
  });
}

async function parseAlone(file: string): Promise<Usage> {
  const parser = MeasuredProcess.withChannel(join(__dirname, 'parse_alone.js'), [file]);
  try {
    await parser.message('rows');
    return parser.usage();
  } finally {
    await parser.end();
  }
}

function speedOf(usages: readonly Usage[], rows: number): StreamingSpeed {
  const seconds = spreadOf(usages.map((usage) => usage.seconds));
  const cpuSeconds = spreadOf(usages.map((usage) => usage.cpuSeconds));
  return {
    seconds,
    cpuSeconds,
    rowsPerSecond: rows / seconds.median,
    rowsPerCpuSecond: rows / cpuSeconds.median,
    peakMemoryMib: Math.max(...usages.map((usage) => usage.peakMemoryMib)),
  };
}

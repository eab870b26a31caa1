/** The figures beside throughput, in words and tables for people. */
import { table } from '../../tools/table';
import type { MemoryFigures, StreamingFigures } from '../agency/agency_streaming';
import type { MainJobFigures } from '../agency/main_job';
import type { Spread } from '../figures';
import type { GrowthFigures } from '../growth';
import type { IdleFigures } from '../idle_connections';
import type { LatencyFigures } from '../latency';
import { LAYOUT, millions } from './throughput_table';

export function latencyText({ betCount, p50Ms, p99Ms, syncP50Ms, syncP99Ms }: LatencyFigures): string {
  const times = (p50Ms / syncP50Ms).toFixed(2);
  return (
    `\nOne batch of ${betCount} in flight: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms; the disk alone ` +
    `(append, fdatasync): p50 ${syncP50Ms.toFixed(2)} ms, p99 ${syncP99Ms.toFixed(2)} ms; ${times} times.\n`
  );
}

export function growthText(figures: readonly GrowthFigures[]): string {
  const rows = figures.map((one) => [
    millions(one.bets),
    millions(one.betsPerSecond),
    one.p99Ms.toFixed(1),
    one.restartMs.toFixed(0),
    one.drawMs.toFixed(0),
    one.longestAnswerMs.toFixed(1),
    one.memoryAtStartMib.toFixed(0),
    one.memoryUnderLoadMib.toFixed(0),
    one.memoryPeakMib.toFixed(0),
  ]);
  const heading = [
    'bets',
    'bets/s',
    'p99 ms',
    'restart ms',
    'draw ms',
    'longest answer ms',
    'MiB idle',
    'load',
    'peak',
  ];
  return `\nWhat grows with the ledger (batches of 200; answers to others while the draw runs):\n\n${table(heading, rows, undefined, LAYOUT)}`;
}

export function idleText(idle: IdleFigures): string {
  return (
    `\n${idle.connections} idle connections: ${idle.memoryMib.toFixed(0)} MiB, ` +
    `${idle.memoryUnderLoadMib.toFixed(0)} MiB at the most under load; ${millions(idle.betsPerSecond)} bets/s beside ` +
    `them, ${millions(idle.betsPerSecondAlone)} without.\n`
  );
}

export function agencyText(
  { secondsToLastWin }: MainJobFigures,
  streaming?: StreamingFigures,
  memory?: MemoryFigures,
): string {
  let text = `\nThe main job, from starting the agencies to the last WIN: ${secondsOf(secondsToLastWin)}.\n`;
  if (streaming !== undefined) {
    const { agency, parser, share } = streaming;
    text +=
      `An agency: ${millions(agency.rowsPerCpuSecond)} rows per second of processor time, csv-parse alone ` +
      `${millions(parser.rowsPerCpuSecond)}: ${share.toFixed(2)} of it.\n`;
  }
  if (memory !== undefined) {
    text += `An agency on ${millions(memory.bets)} bets: ${memory.peakMemoryMib.toFixed(0)} MiB at the most.\n`;
  }
  return text;
}

function secondsOf({ min, median, max }: Spread): string {
  return `${median.toFixed(2)} s (${min.toFixed(2)} … ${max.toFixed(2)})`;
}

/** The figures of many servers over one database, in tables for people. */
import { table } from '../../tools/table';
import type { AgenciesFigures } from '../scale/agencies';
import type { DatabaseFigures } from '../scale/database';
import type { DrawParts } from '../scale/draw_parts';
import type { GrowthFigures } from '../scale/growth';
import type { TakingFigures } from '../scale/sum_up';
import { LAYOUT, millions } from './throughput_table';

/** The database, and what its disk takes for a sync. */
export function databaseText({ version, settings, sync }: DatabaseFigures): string {
  const told = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return (
    `PostgreSQL ${version}, fresh cluster: ${told.join(', ')}\n` +
    `The disk alone appends ${sync.bytes} bytes and syncs them (fdatasync): p50 ${sync.p50Ms.toFixed(2)} ms, ` +
    `p99 ${sync.p99Ms.toFixed(2)} ms\n`
  );
}

/** Servers, COPY and INSERT. */
export function takingText(
  figures: readonly TakingFigures[],
  { agencies, window }: { readonly agencies: number; readonly window: number },
): string {
  const heading = [
    'batch',
    'over it',
    'bets/s',
    'from … to',
    'of COPY',
    ...TIMES,
    ...CPU_TIMES,
    'cores',
    'WAL B',
  ];
  const rows = figures.map((one) => [
    String(one.betCount),
    one.way,
    millions(one.betsPerSecond.median),
    `${millions(one.betsPerSecond.min)} … ${millions(one.betsPerSecond.max)}`,
    one.shareOfCopy.toFixed(2),
    ...timesOf(one),
    ...cpuTimesOf(one),
    one.busyCores.toFixed(2),
    one.walBytesPerBet.toFixed(0),
  ]);
  return (
    `\nTaking bets in over one database: ${agencies} agencies, a connection each, ${window} batches in flight on each; ` +
    `processor seconds for a\nmillion bets, bytes of write-ahead log for each:\n\n` +
    table(heading, rows, undefined, { ...LAYOUT, left: ['over it'] })
  );
}

/** What grows with the agencies. */
export function agenciesText(figures: readonly AgenciesFigures[]): string {
  const heading = [
    'agencies',
    'in flight',
    'bets in a batch',
    'bets/s',
    ...TIMES,
    ...CPU_TIMES,
    'FINs ms',
    'bets drawn',
    'draw ms',
  ];
  const rows = figures.map(({ agencies, window, betCount, taking, draw }) => [
    String(agencies),
    `${agencies} × ${window}`,
    String(betCount),
    millions(taking.betsPerSecond),
    ...timesOf(taking),
    ...cpuTimesOf(taking),
    draw.finsMs.toFixed(0),
    millions(draw.bets),
    draw.drawMs.toFixed(0),
  ]);
  const [servers] = figures.map((one) => one.servers);
  return `\nWhat grows with the agencies, on ${servers ?? 0} servers:\n\n${table(heading, rows, undefined, LAYOUT)}`;
}

/** What grows with the bets. */
export function growthText(figures: readonly GrowthFigures[]): string {
  const heading = [
    'bets',
    'bets/s',
    ...TIMES,
    ...CPU_TIMES,
    'WAL B',
    'batches B',
    'tables B',
    'bets drawn',
    'draw ms',
  ];
  const rows = figures.map(({ bets, taking, batchesBytesPerBet, tablesBytesPerBet, draw }) => [
    millions(bets),
    millions(taking.betsPerSecond),
    ...timesOf(taking),
    ...cpuTimesOf(taking),
    taking.walBytesPerBet.toFixed(0),
    batchesBytesPerBet.toFixed(1),
    tablesBytesPerBet.toFixed(1),
    millions(draw.bets),
    draw.drawMs.toFixed(0),
  ]);
  return (
    '\nWhat grows with the bets in the database, on 1 server; bytes for each bet:\n\n' +
    table(heading, rows, undefined, LAYOUT)
  );
}

/** What a draw consists of. */
export function drawText(parts: DrawParts): string {
  return (
    `\nA draw on 1 server: ${parts.fixedMs.toFixed(0)} ms without bets; a million bets add ` +
    `${parts.scanMsPerMillion.toFixed(0)} ms (processor: database ${parts.databaseCpuMsPerMillion.toFixed(0)} ms, ` +
    `server ${parts.serversCpuMsPerMillion.toFixed(0)} ms).\n`
  );
}

const TIMES = ['p50 ms', 'p99 ms'];
const CPU_TIMES = ['database s/M', 'servers s/M', 'load s/M'];

function timesOf({ p50Ms, p99Ms }: { readonly p50Ms: number; readonly p99Ms: number }): string[] {
  return [p50Ms.toFixed(2), p99Ms.toFixed(2)];
}

function cpuTimesOf(times: {
  readonly databaseCpuSeconds: number;
  readonly serversCpuSeconds: number;
  readonly loadCpuSeconds: number;
}): string[] {
  return [times.databaseCpuSeconds, times.serversCpuSeconds, times.loadCpuSeconds].map((one) =>
    one.toFixed(2),
  );
}

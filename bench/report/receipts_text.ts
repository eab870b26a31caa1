/** The figures of receipts, in tables for people. */
import { table } from '../../tools/table';
import type { EverydayFigures } from '../receipts/everyday';
import type { SealLagFigures } from '../receipts/seal_lag';
import { LAYOUT, millions, ThroughputFigures, throughputTable } from './throughput_table';

/** What a server with receipts is to take of what it takes without, at an everyday load. */
const GOAL = 0.95;

/** How many bets are taken in. */
export function receiptsText(throughput: readonly ThroughputFigures[]): string {
  return (
    '\nThe server without receipts, with them, and with them asked for: five connections, eight batches in flight on each:\n\n' +
    throughputTable(throughput, 'of off')
  );
}

/** An everyday load. */
export function everydayText(figures: readonly EverydayFigures[], betsPerSecond: number): string {
  const rows = figures.map((one) => [
    one.contestant,
    millions(one.betsPerSecond),
    one.shareOfOff.toFixed(2),
    one.ackP50Ms.toFixed(2),
    one.ackP99Ms.toFixed(2),
    one.serverCpuSeconds.toFixed(2),
    one.receiptP50Ms === 0 ? '' : one.receiptP50Ms.toFixed(0),
    one.receiptP99Ms === 0 ? '' : one.receiptP99Ms.toFixed(0),
  ]);
  const heading = [
    'server',
    'bets/s',
    'of off',
    'ACK p50 ms',
    'p99 ms',
    'CPU s/M',
    'receipt p50 ms',
    'p99 ms',
  ];
  return (
    `\n${millions(betsPerSecond)} bets a second, in batches of 200 from five agencies, each of which asks for the receipt of every\n` +
    `64th batch; the time from its ACK to its receipt. The goal is ${GOAL} of what the server takes without:\n\n` +
    table(heading, rows, undefined, { ...LAYOUT, left: ['server'] })
  );
}

/** The end of the sale. */
export function sealText(figures: readonly SealLagFigures[]): string {
  const rows = figures.map(({ contestant, bets, winMs }) => [
    contestant,
    millions(bets),
    winMs.median.toFixed(0),
    `${winMs.min.toFixed(0)} … ${winMs.max.toFixed(0)}`,
  ]);
  const [off, on] = figures.map(({ winMs }) => winMs.median);
  return (
    '\nFrom the FINs, sent when the last bet of a full load is acknowledged, to the last WIN:\n\n' +
    table(['server', 'bets', 'ms', 'from … to'], rows, undefined, { ...LAYOUT, left: ['server'] }) +
    `The log catches up, the sale is sealed, and the seal is signed in ${((on ?? NaN) - (off ?? NaN)).toFixed(0)} ms of it.\n`
  );
}

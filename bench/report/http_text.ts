/** The figures of requests over HTTP, in tables for people. */
import { table } from '../../tools/table';
import type { HttpCase } from '../http/answering';
import type { BesidePlan } from '../http/beside';
import type { BesideFigures } from '../http/sum_up_beside';
import type { AnsweringFigures, HttpRatio } from '../http/sum_up_answering';
import { LAYOUT } from './throughput_table';

/** How many requests each contestant answers, in each case. */
export function answeringText(figures: readonly AnsweringFigures[]): string {
  const rows = figures.map((one) => [
    caseText(one),
    String(one.connections),
    one.contestant,
    rateText(one.requestsPerSecond.median),
    `${rateText(one.requestsPerSecond.min)} … ${rateText(one.requestsPerSecond.max)}`,
    one.p50Ms.toFixed(2),
    one.p99Ms.toFixed(2),
    String(one.refusals),
    one.serverCpuUs.toFixed(0),
    one.loadCpuUs.toFixed(0),
    one.peakMemoryMib.toFixed(0),
  ]);
  const heading = [
    'request',
    'connections',
    'server',
    'requests/s',
    'from … to',
    'p50 ms',
    'p99 ms',
    '503',
    'CPU µs',
    'load µs',
    'MiB',
  ];
  return (
    '\nRequests over HTTP: connections are kept open, one request in flight on each; microseconds of the processor for ' +
    'a request:\n\n' +
    table(heading, rows, undefined, { ...LAYOUT, left: ['request', 'server'] })
  );
}

/** How long agencies wait beside large batches. */
export function besideText(
  figures: readonly BesideFigures[],
  { betCount, clients, clientBetCount }: Pick<BesidePlan, 'betCount' | 'clients' | 'clientBetCount'>,
): string {
  const rows = figures.map(({ workers, batchesPerSecond, p50Ms, p99Ms, maxMs, p99Ratio, http }) => [
    workers === undefined ? 'nobody' : `${clients} clients, ${workers} workers`,
    batchesPerSecond.toFixed(0),
    p50Ms.toFixed(2),
    p99Ms.toFixed(1),
    maxMs.toFixed(0),
    p99Ratio.toFixed(1),
    http === undefined ? '' : http.batchesPerSecond.toFixed(0),
    http === undefined ? '' : http.p50Ms.toFixed(0),
    http === undefined ? '' : String(http.refusals),
  ]);
  const heading = [
    'over HTTP',
    'TCP batches/s',
    'p50 ms',
    'p99 ms',
    'longest ms',
    'p99 ratio',
    'HTTP batches/s',
    'p50 ms',
    '503',
  ];
  return (
    `\nAgencies over TCP, a batch of ${betCount} bets in flight on each of five connections, beside ${clients} clients that put ` +
    `batches of\n${clientBetCount} bets in JSON; the ratio is that of the p99 to that with nobody beside:\n\n` +
    table(heading, rows, undefined, { ...LAYOUT, left: ['over HTTP'] })
  );
}

/** What one contestant answers of what the others answer: the figure to compare. */
export function ratiosText(ratios: readonly HttpRatio[]): string {
  const rows = ratios.map((one) => [
    caseText(one),
    String(one.connections),
    `${one.contestant} of ${one.yardstick}`,
    one.ratio.toFixed(2),
  ]);
  const heading = ['request', 'connections', 'what of what', 'ratio'];
  return `\nMedians of the ratios of neighbouring runs:\n\n${table(heading, rows, undefined, {
    ...LAYOUT,
    left: ['request', 'what of what'],
  })}`;
}

/** A request in words. */
function caseText({ exchange, betCount }: HttpCase): string {
  if (betCount === 0) return exchange;
  return `${exchange}, ${betCount === 1 ? '1 bet' : `${betCount} bets`}`;
}

function rateText(perSecond: number): string {
  return perSecond >= 10_000 ? `${(perSecond / 1_000).toFixed(1)} k` : perSecond.toFixed(0);
}

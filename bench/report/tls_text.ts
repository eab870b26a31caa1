/** The figures of TLS beside plain TCP, in tables for people. */
import { table } from '../../tools/table';
import type { HandshakeFigures } from '../tls/handshakes';
import type { IdleMemoryFigures } from '../tls/idle_memory';
import { BatchShare, LAYOUT, ThroughputFigures, throughputTable } from './throughput_table';

/** What TLS is to take of what plain TCP takes, at batches of so many bets. */
const GOAL = { betCount: 200, share: 0.85 };

/** How many bets are taken in. */
export function securedText(throughput: readonly ThroughputFigures[], shares: readonly BatchShare[]): string {
  const share = shares.find(({ betCount }) => betCount === GOAL.betCount)?.share ?? NaN;
  return (
    '\nThe same server through its plain port and over mutual TLS: five connections that stay, eight batches in flight on ' +
    `each:\n\n${throughputTable(throughput, 'of plain')}` +
    `Batches of ${GOAL.betCount}: over TLS it takes ${share.toFixed(2)} of plain; the goal is ${GOAL.share}.\n`
  );
}

/** How long an agency waits for its ACK. */
export function securedLatencyText(latency: readonly ThroughputFigures[]): string {
  const rows = latency.map(({ contestant, betCount, p50Ms, p99Ms }) => [
    String(betCount),
    contestant,
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ]);
  const heading = ['batch', 'server', 'p50 ms', 'p99 ms'];
  return `\nOne connection, one batch in flight:\n\n${table(heading, rows, undefined, { ...LAYOUT, left: ['server'] })}`;
}

/** How many connections can begin. */
export function handshakesText(figures: readonly HandshakeFigures[]): string {
  const rows = figures.map((one) => [
    one.beginning,
    one.connectionsPerSecond.median.toFixed(0),
    `${one.connectionsPerSecond.min.toFixed(0)} … ${one.connectionsPerSecond.max.toFixed(0)}`,
    one.p50Ms.toFixed(2),
    one.p99Ms.toFixed(2),
    one.serverCpuMs.toFixed(2),
    one.clientCpuMs.toFixed(2),
    one.agreed,
  ]);
  const heading = [
    'connection',
    'per second',
    'from … to',
    'p50 ms',
    'p99 ms',
    'CPU ms',
    'client ms',
    'agreed on',
  ];
  const layout = { ...LAYOUT, left: ['connection', 'agreed on'] };
  return (
    '\nOne client process that connects, has an ECHO answered and closes, eight connections at a time; milliseconds of ' +
    `the\nprocessor for a connection, the server's and the client's:\n\n${table(heading, rows, undefined, layout)}`
  );
}

/** What idle connections cost. */
export function idleMemoryText(figures: readonly IdleMemoryFigures[]): string {
  const rows = figures.map((one) => [
    one.name,
    String(one.connections),
    one.memoryBeforeMib.toFixed(0),
    one.memoryMib.toFixed(0),
    one.kibibytesEach.toFixed(1),
  ]);
  const heading = ['connections', 'idle', 'MiB with one', 'with all', 'KiB each'];
  return (
    '\nResident memory of the server with idle connections, each with one ECHO behind it:\n\n' +
    table(heading, rows, undefined, { ...LAYOUT, left: ['connections'] })
  );
}

/**
 * An agency of the lottery: `node main.js [--finish] [CONFIG_FILE]`.
 *
 * Reads its bets, sends them, waits for the draw and reports its winners.
 */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../program/signals';

import { join } from 'node:path';

import { SYSTEM_CLOCK } from '../program/clock';
import { configurationFile } from '../program/command_line';
import { EXIT_DONE, OperationError, oneLine, runProgram } from '../program/exit';
import { Log, LOG_LEVELS, LogLevel, openLog } from '../program/log';
import { Agency } from './agency';
import { ClientConfiguration, readClientConfiguration, tlsOf, unknownClientVariables } from './config';
import { findPlaces, Places } from './places';
import { saleDetails, saleText } from './sale';
import type { OpenReceipts } from './session_receipts';
import { USAGE } from './settings_help';
import { connectOverTcp } from './tcp_transport';
import { Terminal } from './terminal';
import type { Connect } from './transport';

const FINISH = '--finish';
const DEFAULT_FILE = join(__dirname, '..', '..', 'client', 'config.yaml');

void runProgram(async () => {
  const stop = stopSignal();
  const words = process.argv.slice(2);
  const file = configurationFile(
    words.filter((word) => word !== FINISH),
    DEFAULT_FILE,
    USAGE,
  );
  if (file === undefined) return EXIT_DONE;
  const settings = readClientConfiguration(file, process.env);
  const configuration = words.includes(FINISH) ? { ...settings, 'data.finish': true } : settings;
  const places = findPlaces(configuration);
  const connect = await connectOf(configuration);
  const terminal = process.stderr.isTTY ? new Terminal(process.stderr, process.stdout) : undefined;
  const level = configuration['log.level'];
  const isLogOnScreen = terminal !== undefined && process.stdout.isTTY;
  const log = openLog(level, configuration['log.format'], isLogOnScreen ? terminal : undefined);
  // What the log has told on the same terminal is not told twice.
  const show = isLogOnScreen && tellsWarnings(level) ? () => undefined : showOn(terminal);
  logConfiguration(configuration, log);
  for (const { name, meant } of unknownClientVariables(process.env)) {
    log.warning('config', 'success', { unknown_variable: name, ...(meant !== undefined && { meant }) });
  }
  const openReceipts = await openReceiptsOf(configuration, places, log);
  const agency = new Agency({ configuration, places, connect, log, terminal, show, stop, openReceipts });
  return run(agency, log, stop, terminal);
});

/** TLS is loaded only where it is wanted. @throws ConfigurationError when a file of server.tls cannot be used */
async function connectOf(configuration: ClientConfiguration): Promise<Connect> {
  const { host, port } = configuration['server.address'];
  const tls = tlsOf(configuration);
  if (tls === undefined) return connectOverTcp(host, port);
  const { connectOverTls } = await import('./tls_transport.js');
  return connectOverTls(host, port, tls);
}

/** Receipts are loaded only where they are wanted. @throws ConfigurationError when the settings of receipts cannot be used */
async function openReceiptsOf(
  configuration: ClientConfiguration,
  { receiptsFolder: folder }: Places,
  log: Log,
): Promise<OpenReceipts | undefined> {
  const key = configuration['receipts.log'];
  if (key === undefined) return undefined;
  const { openReceipts } = await import('./receipts/open_receipts.js');
  return openReceipts({ agency: configuration.id, log: key, folder }, { clock: SYSTEM_CLOCK, log });
}

/** Runs it to its end, or until it is stopped; the last line says what was sold, either way. */
async function run(
  agency: Agency,
  log: Log,
  stop: AbortSignal,
  terminal: Terminal | undefined,
): Promise<number> {
  try {
    await Promise.race([agency.run(), aborted(stop)]);
    const signal = stop.aborted ? { signal: String(stop.reason) } : {};
    log.info('shutdown', 'success', { ...signal, ...details(agency) });
    terminal?.keep();
    terminal?.write(`${stop.aborted ? `stopped by ${String(stop.reason)}: ` : ''}${text(agency)}\n`);
    return EXIT_DONE;
  } catch (error) {
    log.error('shutdown', 'fail', { reason: oneLine(error), ...details(agency) });
    if (terminal === undefined && agency.rejected.count === 0) throw error;
    const before = agency.sale.stored === undefined ? ', ' : '; ';
    throw new OperationError(`${oneLine(error)}${before}${text(agency)}`);
  } finally {
    await log.close();
  }
}

function details({ sale, rejected }: Agency): ReturnType<typeof saleDetails> {
  return { ...saleDetails(sale), ...(rejected.path === undefined ? {} : { reasons_file: rejected.path }) };
}

function text({ sale, rejected }: Agency): string {
  const reasons = rejected.describe();
  return `${saleText(sale)}${reasons === '' ? '' : `; ${reasons}`}`;
}

function tellsWarnings(level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf('WARNING');
}

function showOn(terminal: Terminal | undefined): (line: string) => void {
  return (line) => {
    if (terminal === undefined) process.stderr.write(`${line}\n`);
    else terminal.write(`${line}\n`);
  };
}

function logConfiguration(configuration: ClientConfiguration, log: Log): void {
  const { host, port } = configuration['server.address'];
  log.info('config', 'success', {
    client_id: configuration.id,
    server_address: `${host}:${port}`,
    ...(tlsOf(configuration) && { tls: true }),
    log_level: configuration['log.level'],
    batch_max_amount: configuration['batch.maxAmount'],
    batch_window: configuration['batch.window'],
  });
}

function aborted(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve());
  });
}

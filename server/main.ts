/**
 * The central lottery server: `node main.js [CONFIG_FILE]`.
 *
 * Reads the configuration, wires the parts, answers signals.
 */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../program/signals';

import { join } from 'node:path';

import { SYSTEM_CLOCK } from '../program/clock';
import { configurationFile } from '../program/command_line';
import { EXIT_DONE, EXIT_FAILED, runProgram } from '../program/exit';
import { Log, openLog } from '../program/log';
import { LogLimiter } from '../program/log_limiter';
import { readServerConfiguration, ServerConfiguration } from './config';
import { possibleConnections } from './doors/tcp/descriptors';
import { TcpDoor } from './doors/tcp/tcp_door';
import { SqliteLedger } from './ledger/sqlite/sqlite_ledger';
import { DrawDeadline } from './lottery/draw_deadline';
import { Lottery } from './lottery/lottery';

const USAGE = 'usage: npm run server -- [CONFIG_FILE]';
const DEFAULT_FILE = join(__dirname, '..', '..', 'server', 'config.ini');
/** After this the program leaves in any case: what is not acknowledged then was not promised. */
const STOP_TIMEOUT_MS = 700;

void runProgram(async () => {
  const stop = stopSignal();
  const file = configurationFile(process.argv.slice(2), DEFAULT_FILE, USAGE);
  if (file === undefined) return EXIT_DONE;
  const configuration = readServerConfiguration(file, process.env);
  const log = openLog(configuration.LOGGING_LEVEL, configuration.LOG_FORMAT);
  try {
    return await serve(configuration, log, stop);
  } finally {
    await log.close();
  }
});

async function serve(configuration: ServerConfiguration, log: Log, stop: AbortSignal): Promise<number> {
  logConfiguration(configuration, log);
  const terms = { agencies: configuration.AGENCIES, winnerNumber: configuration.LOTTERY_WINNER_NUMBER };
  const broken = new AbortController();
  const trouble = new LogLimiter(() => SYSTEM_CLOCK.nowMs());
  const ledger = await SqliteLedger.open({
    folder: configuration.DATA_DIR,
    terms,
    maxBatchBytes: configuration.MAX_PAYLOAD_BYTES,
    onBroken: (error) => broken.abort(error),
    onTrouble: (reason) => {
      const more = trouble.admit('store');
      if (more !== undefined) log.warning('store', 'fail', { error: reason, more });
    },
  });
  const { batches, bets, finishedAgencies, draw } = ledger.openedWith;
  log.info('open_ledger', 'success', {
    batches,
    bets,
    finished: finishedAgencies.size,
    drawn: draw !== undefined,
  });
  const lottery = new Lottery(ledger, terms, {
    clock: SYSTEM_CLOCK,
    log,
    deadline: drawDeadline(configuration),
  });
  const settings = doorSettings(configuration);
  if (settings.maxConnections < configuration.MAX_CONNECTIONS) {
    log.warning('config', 'success', {
      max_connections: settings.maxConnections,
      reason: 'limit of file descriptors',
    });
  }
  const door = new TcpDoor(lottery, settings, SYSTEM_CLOCK, log);
  try {
    const port = await door.listen();
    log.info('accept_connections', 'in_progress', { port });
    await anyAborted(stop, broken.signal);
    if (broken.signal.aborted) throw broken.signal.reason;
  } finally {
    setTimeout(() => void leave(log, broken.signal.aborted ? EXIT_FAILED : EXIT_DONE), STOP_TIMEOUT_MS);
    lottery.close();
    await door.close();
    await ledger.close();
  }
  log.info('shutdown', 'success', { signal: String(stop.reason) });
  return EXIT_DONE;
}

function logConfiguration(configuration: ServerConfiguration, log: Log): void {
  log.info('config', 'success', {
    port: configuration.SERVER_PORT,
    listen_backlog: configuration.SERVER_LISTEN_BACKLOG,
    logging_level: configuration.LOGGING_LEVEL,
    agencies: configuration.AGENCIES,
    winner_number: configuration.LOTTERY_WINNER_NUMBER,
    data_dir: configuration.DATA_DIR,
    max_payload_bytes: configuration.MAX_PAYLOAD_BYTES,
    max_connections: configuration.MAX_CONNECTIONS,
    idle_timeout_ms: configuration.IDLE_TIMEOUT_MS,
  });
}

function drawDeadline(configuration: ServerConfiguration): DrawDeadline | undefined {
  const deadline = configuration.DRAW_DEADLINE;
  return deadline && { ...deadline, action: configuration.DRAW_DEADLINE_ACTION };
}

function doorSettings(configuration: ServerConfiguration): ConstructorParameters<typeof TcpDoor>[1] {
  return {
    port: configuration.SERVER_PORT,
    address: configuration.SERVER_LISTEN_ADDRESS,
    backlog: configuration.SERVER_LISTEN_BACKLOG,
    maxConnections: possibleConnections(configuration.MAX_CONNECTIONS),
    maxPayloadBytes: configuration.MAX_PAYLOAD_BYTES,
    idleTimeoutMs: configuration.IDLE_TIMEOUT_MS,
  };
}

/** Resolves when one of the signals is aborted. */
async function anyAborted(...signals: AbortSignal[]): Promise<void> {
  const any = AbortSignal.any(signals);
  if (any.aborted) return;
  await new Promise((resolve) => any.addEventListener('abort', resolve, { once: true }));
}

async function leave(log: Log, code: number): Promise<never> {
  log.warning('shutdown', 'success', { reason: `not all was closed within ${STOP_TIMEOUT_MS} ms` });
  await log.close();
  process.exit(code);
}

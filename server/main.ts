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
import type { HttpDoor, HttpDoorOptions } from './doors/http/http_door';
import type { HttpDoorSettings } from './doors/http/settings';
import { readTokens } from './doors/http/requests/tokens';
import { HTTP_LIMITS } from './doors/http/limits';
import { shareConnections } from './doors/connection_shares';
import { AgencyDoorSettings, createAgencyDoor } from './doors/agencies/agency_door';
import { describeDeadline } from './lottery/draw_deadline';
import { Lottery } from './lottery/lottery';
import { deadlineOf, openLedger, ServerLedger, termsOf } from './open_ledger';
import { Telemetry } from './telemetry/telemetry';

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
  const broken = new AbortController();
  const httpSettings = readHttpSettings(configuration);
  const trouble = new LogLimiter(() => SYSTEM_CLOCK.nowMs());
  const ledger = await openLedger(configuration, {
    onBroken: (error) => broken.abort(error),
    onTrouble: (reason) => {
      const more = trouble.admit('store');
      if (more !== undefined) log.warning('store', 'fail', { error: reason, more });
    },
  });
  const { batches, bets, finishedAgencies, draw } = ledger.openedWith;
  if (configuration.LEDGER === 'postgres' && configuration.DATABASE_UNSAFE_COMMITS === 'allow') {
    log.warning('open_ledger', 'success', { unsafe_commits: 'allowed: what is acknowledged may be lost' });
  }
  log.info('open_ledger', 'success', {
    batches,
    bets,
    finished: finishedAgencies.size,
    drawn: draw !== undefined,
  });
  const telemetry = watchLedger(ledger, configuration);
  const lottery = openLottery(ledger, configuration, log, telemetry, (error) => broken.abort(error));
  const connections = shareConnections({
    tcp: configuration.MAX_CONNECTIONS,
    http: httpSettings === undefined ? 0 : HTTP_LIMITS.maxConnections,
  });
  if (connections.tcp < configuration.MAX_CONNECTIONS) {
    log.warning('config', 'success', {
      max_connections: connections.tcp,
      reason: 'limit of file descriptors',
    });
  }
  const door = createAgencyDoor(
    lottery,
    telemetry,
    doorSettings(configuration, connections.tcp),
    SYSTEM_CLOCK,
    log,
  );
  const ended = anyAborted(stop, broken.signal);
  let httpDoor: HttpDoor | undefined;
  try {
    // A sale that is over is closed before a batch can come.
    await Promise.race([lottery.opened, ended]);
    // First, so that no agency waits while its many modules are loaded.
    if (httpSettings !== undefined) {
      const limits = { ...HTTP_LIMITS, maxConnections: connections.http };
      httpDoor = await openHttpDoor({
        lottery,
        telemetry,
        settings: httpSettings,
        limits,
        clock: SYSTEM_CLOCK,
        log,
      });
    }
    const port = await door.listen();
    log.info('accept_connections', 'in_progress', { port });
    await ended;
    if (broken.signal.aborted) throw broken.signal.reason;
  } finally {
    setTimeout(() => void leave(log, broken.signal.aborted ? EXIT_FAILED : EXIT_DONE), STOP_TIMEOUT_MS);
    lottery.close();
    await Promise.all([door.close(), httpDoor?.close()]);
    await ledger.close();
  }
  log.info('shutdown', 'success', { signal: String(stop.reason) });
  return EXIT_DONE;
}

function watchLedger(ledger: ServerLedger, configuration: ServerConfiguration): Telemetry {
  const telemetry = new Telemetry(termsOf(configuration), ledger.openedWith, ledger.isShared);
  ledger.onCommit = (group) => telemetry.committed(group);
  telemetry.watchStorage(
    () => ledger.queuedBytes,
    () => ledger.isAvailable,
  );
  return telemetry;
}

function openLottery(
  ledger: ServerLedger,
  configuration: ServerConfiguration,
  log: Log,
  observer: Telemetry,
  onBroken: (error: Error) => void,
): Lottery {
  return new Lottery(ledger, termsOf(configuration), {
    clock: SYSTEM_CLOCK,
    log,
    observer,
    deadline: deadlineOf(configuration),
    actsOnOverdue: configuration.DRAW_DEADLINE_OVERDUE === 'act',
    onBroken,
  });
}

/** @throws ConfigurationError when the file of tokens is wrong */
function readHttpSettings(configuration: ServerConfiguration): HttpDoorSettings | undefined {
  const { HTTP_PORT: port, HTTP_ADDRESS: address, HTTP_TOKENS_FILE: file } = configuration;
  if (port === undefined) return undefined;
  const tokens = file === undefined ? undefined : readTokens(file, configuration.AGENCIES);
  return {
    port,
    address,
    tokens,
    maxPayloadBytes: configuration.MAX_PAYLOAD_BYTES,
    maxConnectionsPerAddress: configuration.MAX_CONNECTIONS_PER_ADDRESS,
  };
}

/** Loads the HTTP door's modules, which take longer than all others, only when there is to be one. */
async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { HttpDoor } = await import('./doors/http/http_door.js');
  const door = new HttpDoor(options);
  try {
    options.log.info('accept_http', 'in_progress', { ...(await door.listen()) });
  } catch (error) {
    await door.close();
    throw error;
  }
  return door;
}

function logConfiguration(configuration: ServerConfiguration, log: Log): void {
  const deadline = deadlineOf(configuration);
  log.info('config', 'success', {
    port: configuration.SERVER_PORT,
    listen_backlog: configuration.SERVER_LISTEN_BACKLOG,
    logging_level: configuration.LOGGING_LEVEL,
    agencies: configuration.AGENCIES,
    winner_number: configuration.LOTTERY_WINNER_NUMBER,
    ledger: configuration.LEDGER,
    ...(configuration.LEDGER === 'sqlite' && { data_dir: configuration.DATA_DIR }),
    max_payload_bytes: configuration.MAX_PAYLOAD_BYTES,
    max_connections: configuration.MAX_CONNECTIONS,
    idle_timeout_ms: configuration.IDLE_TIMEOUT_MS,
    ...(deadline && { draw_deadline: describeDeadline(deadline), draw_deadline_action: deadline.action }),
  });
}

function doorSettings(configuration: ServerConfiguration, maxConnections: number): AgencyDoorSettings {
  return {
    port: configuration.SERVER_PORT,
    address: configuration.SERVER_LISTEN_ADDRESS,
    backlog: configuration.SERVER_LISTEN_BACKLOG,
    maxConnections,
    maxConnectionsPerAddress: configuration.MAX_CONNECTIONS_PER_ADDRESS,
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

/**
 * The central lottery server: `node main.js [CONFIG_FILE]`.
 *
 * Reads the configuration, wires the parts, answers signals.
 */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../program/signals';
// Second, so that it starts while the others are loaded.
import './early_writer';

import { SYSTEM_CLOCK } from '../program/clock';
import { configurationFile } from '../program/command_line';
import { EXIT_DONE, EXIT_FAILED, runProgram } from '../program/exit';
import { Log, openLog } from '../program/log';
import { LogLimiter } from '../program/log_limiter';
import { inProject } from '../program/own_files';
import { hideSecrets } from '../program/secrets';
import { untilAborted } from '../program/until_aborted';
import { createAgencyDoorOf, listenForAgencies } from './agency_listeners';
import { watchCertificates } from './certificate_watch';
import { readServerSettings, ServerConfiguration, ServerSettings } from './config';
import { doorWarnings } from './door_warnings';
import { describeDeadline } from './lottery/draw_deadline';
import type { GivenNumber } from './lottery/draw_number';
import { drawNumberText } from './lottery/draw_number_setting';
import { Lottery } from './lottery/lottery';
import { connectionsOf, OpenDoor, openMoreDoors, prepareHttpDoor } from './more_doors';
import { deadlineOf, LedgerHooks, openLedger, ServerLedger, termsOf } from './open_ledger';
import { readTlsCredentials, readTokensOf, Reloading } from './reloading';
import { drawNumberOf } from './number_settings';
import { controlGate, controlOf, holdOfBundle, openControl, resultGate } from './open_control';
import { openNumber } from './open_number';
import { openReceipts, sealGate } from './open_receipts';
import { USAGE } from './settings_help';
import { checkAtStart, idleSettings } from './start_checks';
import { Telemetry } from './telemetry/telemetry';
import type { ControlWitness } from './transparency/control_witness';
import type { TransparencyLog } from './transparency/transparency_log';
import { unprotectedDatabase } from './unprotected_database';

const DEFAULT_FILE = inProject('server/config.ini');
/** After this the program leaves in any case: what is not acknowledged then was not promised. */
const STOP_TIMEOUT_MS = 700;

/** What makes a draw one that others can check. */
interface ProvedDraw {
  readonly receipts: TransparencyLog | undefined;
  readonly number: GivenNumber | undefined;
  readonly control: ControlWitness | undefined;
}

void runProgram(async () => {
  const stop = stopSignal();
  const file = configurationFile(process.argv.slice(2), DEFAULT_FILE, USAGE);
  if (file === undefined) return EXIT_DONE;
  const settings = readServerSettings(file, process.env);
  const { configuration } = settings;
  const log = openLog(configuration.LOGGING_LEVEL, configuration.LOG_FORMAT);
  try {
    return await serve(settings, log, stop);
  } finally {
    await log.close();
  }
});

async function serve(settings: ServerSettings, log: Log, stop: AbortSignal): Promise<number> {
  const { configuration } = settings;
  logConfiguration(configuration, log);
  logDoubts(settings, log);
  await checkAtStart(settings);
  const controlAddress = controlOf(settings);
  const broken = new AbortController();
  const reloading = new Reloading(log);
  const tokens = readTokensOf(settings, log, reloading);
  const tls = await readTlsCredentials(settings, log, reloading);
  const trouble = new LogLimiter(() => SYSTEM_CLOCK.nowMs());
  const delay = new LogLimiter(() => SYSTEM_CLOCK.nowMs());
  const opening = openUnlessStopped(configuration, stop, {
    onWaiting: (reason, waitedMs) => {
      const waiting = { waiting_for: 'the database', waited_s: Math.round(waitedMs / 1_000), reason };
      log.warning('open_ledger', 'in_progress', waiting);
    },
    onBroken: (error) => broken.abort(error),
    onNotice: (details) => log.warning('open_ledger', 'success', details),
    onTrouble: (reason) => {
      const more = trouble.admit('store');
      if (more !== undefined) log.warning('store', 'fail', { error: reason, more });
    },
    onDelay: (reason) => {
      if (delay.admit('store') !== undefined) log.warning('store', 'in_progress', { reason });
    },
  });
  prepareHttpDoor(settings);
  const ledger = await opening;
  if (ledger === undefined) return stopped(log, stop);
  const { batches, bets, finishedAgencies, draw } = ledger.openedWith;
  if (configuration.LEDGER !== 'sqlite' && configuration.DATABASE_UNSAFE_COMMITS === 'allow') {
    log.warning('open_ledger', 'success', { unsafe_commits: 'allowed: what is acknowledged may be lost' });
  }
  log.info('open_ledger', 'success', {
    batches,
    bets,
    finished: finishedAgencies.size,
    drawn: draw !== undefined,
  });
  const telemetry = watchLedger(ledger, configuration);
  const receipts = await openReceipts(settings, ledger, log, (error: Error) => broken.abort(error));
  const number = await openNumber(settings, receipts, log).catch(async (error: unknown) => {
    await receipts?.close();
    await ledger.close();
    throw error;
  });
  const control = await openControl(controlAddress, receipts, log);
  telemetry.isControlBalanced = () => control?.isBalanced;
  const proved = { receipts, number, control };
  const lottery = openLottery(ledger, configuration, log, telemetry, proved, (error) => broken.abort(error));
  const connections = connectionsOf(settings);
  if (connections.tcp < configuration.MAX_CONNECTIONS) {
    log.warning('config', 'success', {
      max_connections: connections.tcp,
      reason: 'limit of file descriptors',
    });
  }
  const parts = {
    settings,
    lottery,
    telemetry,
    receipts,
    isBundleHeld: holdOfBundle(controlAddress, receipts, lottery.drawn),
    number,
    connections,
    tokens,
    tls,
    clock: SYSTEM_CLOCK,
    log,
  };
  const door = await createAgencyDoorOf(parts);
  const endCertificateWatch = watchCertificates(parts);
  const ended = untilAborted(AbortSignal.any([stop, broken.signal]));
  let moreDoors: OpenDoor[] = [];
  try {
    // A sale that is over is closed before a batch can come.
    await Promise.race([lottery.opened, ended]);
    // First, so that no agency waits while their many modules are loaded.
    moreDoors = await openMoreDoors(parts);
    telemetry.tcpPort = await listenForAgencies(door, parts);
    await ended;
    if (broken.signal.aborted) throw broken.signal.reason;
  } finally {
    setTimeout(() => {
      lottery.tellRest();
      void leave(log, broken.signal.aborted ? EXIT_FAILED : EXIT_DONE);
    }, STOP_TIMEOUT_MS);
    reloading.close();
    endCertificateWatch();
    lottery.close();
    control?.close();
    await Promise.all([door, ...moreDoors].map((each) => each.close()));
    await receipts?.close();
    await ledger.close();
    lottery.tellRest();
  }
  return stopped(log, stop);
}

function stopped(log: Log, stop: AbortSignal): number {
  log.info('shutdown', 'success', { signal: String(stop.reason) });
  return EXIT_DONE;
}

/** @returns `undefined` when the program was to stop before the ledger was open */
async function openUnlessStopped(
  configuration: ServerConfiguration,
  stop: AbortSignal,
  hooks: Omit<LedgerHooks, 'stop'>,
): Promise<ServerLedger | undefined> {
  try {
    return await openLedger(configuration, { ...hooks, stop });
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

function watchLedger(ledger: ServerLedger, configuration: ServerConfiguration): Telemetry {
  const telemetry = new Telemetry(termsOf(configuration), ledger.openedWith, ledger.isShared);
  ledger.onCommit = (group) => telemetry.committed(group);
  telemetry.watchStorage(
    () => ledger.queuedBytes,
    () => ledger.isAvailable,
    () => ledger.logHeldBytes ?? 0,
  );
  return telemetry;
}

function openLottery(
  ledger: ServerLedger,
  configuration: ServerConfiguration,
  log: Log,
  observer: Telemetry,
  { receipts, number, control }: ProvedDraw,
  onBroken: (error: Error) => void,
): Lottery {
  const lottery = new Lottery(ledger, termsOf(configuration), {
    clock: SYSTEM_CLOCK,
    log,
    observer,
    deadline: deadlineOf(configuration),
    actsOnOverdue: configuration.DRAW_DEADLINE_OVERDUE === 'act',
    tellsEachBatch: configuration.LOGGING_LEVEL === 'DEBUG',
    gates: receipts && [sealGate(receipts), ...(control ? [controlGate(control)] : [])],
    number,
    announcingGates: receipts && control && [resultGate(control, receipts)],
    receipts,
    onBroken,
  });
  // The result is the last leaf.
  if (receipts !== undefined) void lottery.drawn.then(() => receipts.look());
  return lottery;
}

function logConfiguration(configuration: ServerConfiguration, log: Log): void {
  const deadline = deadlineOf(configuration);
  const number = drawNumberOf({ configuration });
  log.info('config', 'success', {
    port: configuration.SERVER_PORT ?? 'off',
    listen_backlog: configuration.SERVER_LISTEN_BACKLOG,
    logging_level: configuration.LOGGING_LEVEL,
    agencies: configuration.AGENCIES,
    ...(number.kind === 'fixed' ? { winner_number: number.number } : { draw_number: drawNumberText(number) }),
    ledger: configuration.LEDGER,
    ...(configuration.LEDGER === 'sqlite' && { data_dir: hideSecrets(configuration.DATA_DIR) }),
    max_payload_bytes: configuration.MAX_PAYLOAD_BYTES,
    max_connections: configuration.MAX_CONNECTIONS,
    idle_timeout_ms: configuration.IDLE_TIMEOUT_MS,
    ...(deadline && { draw_deadline: describeDeadline(deadline), draw_deadline_action: deadline.action }),
  });
}

/** What the operator may have meant otherwise. */
function logDoubts(settings: ServerSettings, log: Log): void {
  for (const { name, meant } of settings.unknownVariables) {
    log.warning('config', 'success', { unknown_variable: name, ...(meant !== undefined && { meant }) });
  }
  for (const { key, reason } of idleSettings(settings)) {
    log.warning('config', 'success', { without_effect: key, reason });
  }
  const unprotected = unprotectedDatabase(settings.configuration);
  if (unprotected !== undefined) log.warning('open_ledger', 'in_progress', unprotected);
  for (const { door, address, meaning } of doorWarnings(settings.configuration)) {
    log.warning('config', 'success', { open_door: door, address, meaning });
  }
}

async function leave(log: Log, code: number): Promise<never> {
  log.warning('shutdown', 'success', { reason: `not all was closed within ${STOP_TIMEOUT_MS} ms` });
  await log.close();
  process.exit(code);
}

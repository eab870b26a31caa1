/**
 * An agency of the lottery: `node main.js [CONFIG_FILE]`.
 *
 * Reads its bets, sends them, waits for the draw and reports its winners.
 */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../program/signals';

import { join } from 'node:path';

import { SYSTEM_CLOCK } from '../program/clock';
import { configurationFile } from '../program/command_line';
import { EXIT_DONE, OperationError, runProgram } from '../program/exit';
import { Log, openLog } from '../program/log';
import { ClientConfiguration, readClientConfiguration, unknownClientVariables } from './config';
import { FileBatches } from './file_batches';
import { LeftOutRows } from './left_out_rows';
import { report } from './progress';
import { showProgress } from './progress_display';
import { Session } from './session';
import { USAGE } from './settings_help';
import { checkWholeFile } from './strict';
import { connectOverTcp } from './tcp_transport';
import { writeWinners } from './winners';

const DEFAULT_FILE = join(__dirname, '..', '..', 'client', 'config.yaml');

void runProgram(async () => {
  const stop = stopSignal();
  const file = configurationFile(process.argv.slice(2), DEFAULT_FILE, USAGE);
  if (file === undefined) return EXIT_DONE;
  const configuration = readClientConfiguration(file, process.env);
  const log = openLog(configuration['log.level'], configuration['log.format']);
  try {
    logConfiguration(configuration, log);
    for (const { name, meant } of unknownClientVariables(process.env)) {
      log.warning('config', 'success', { unknown_variable: name, ...(meant !== undefined && { meant }) });
    }
    const isDone = await Promise.race([play(configuration, log, stop), untilAborted(stop)]);
    log.info('shutdown', 'success', isDone ? {} : { signal: String(stop.reason) });
    return EXIT_DONE;
  } finally {
    await log.close();
  }
});

/** Sends everything and waits for the draw; false when it was stopped before. */
async function play(configuration: ClientConfiguration, log: Log, stop: AbortSignal): Promise<boolean> {
  const agency = configuration.id;
  const path = configuration['data.file'] ?? join('.data', `agency-${agency}.csv`);
  const leftOut = new LeftOutRows(path, log);
  if (configuration['data.strict']) await requireWholeFile(path, agency, leftOut);

  const source = new FileBatches(path, agency, configuration['batch.maxAmount'], leftOut.report);
  let storedBets = 0;
  const session = new Session(sessionSettings(configuration), {
    source,
    connect: connectOverTcp(configuration['server.address'].host, configuration['server.address'].port),
    clock: SYSTEM_CLOCK,
    log,
    random: Math.random,
    onStored: (bets) => (storedBets = bets),
  });
  const current = (): Parameters<typeof report>[0] & { kind: 'progress' } => ({
    kind: 'progress',
    storedBets,
    leftOutRows: leftOut.count,
    ...source.progress,
  });
  stop.addEventListener('abort', () => session.stop());
  if (stop.aborted) return false;
  const display = await showProgress(agency, current, log);
  const documents = await session.run().finally(() => display.close());
  report(current());
  report({ kind: 'winners', documents, leftOutRows: leftOut.count });
  leftOut.summarize();
  log.info('consulta_ganadores', 'success', { cant_ganadores: documents.length });
  await writeWinners(configuration['data.winnersFile'], documents);
  return true;
}

async function requireWholeFile(path: string, agency: number, leftOut: LeftOutRows): Promise<void> {
  await checkWholeFile(path, agency, leftOut.report);
  if (leftOut.count > 0)
    throw new OperationError(`${path}: ${leftOut.count} rows cannot be sent, nothing was sent`);
}

function sessionSettings(configuration: ClientConfiguration): ConstructorParameters<typeof Session>[0] {
  return {
    agency: configuration.id,
    window: configuration['batch.window'],
    oneMessagePerConnection: configuration['server.oneMessagePerConnection'],
    giveUpAfterMs: configuration['server.giveUpAfterMs'],
  };
}

function logConfiguration(configuration: ClientConfiguration, log: Log): void {
  const { host, port } = configuration['server.address'];
  log.info('config', 'success', {
    client_id: configuration.id,
    server_address: `${host}:${port}`,
    log_level: configuration['log.level'],
    batch_max_amount: configuration['batch.maxAmount'],
    batch_window: configuration['batch.window'],
  });
}

function untilAborted(stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve(false);
    stop.addEventListener('abort', () => resolve(false));
  });
}

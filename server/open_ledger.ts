/** The ledger that the configuration asks for. */
import { databaseOf, redisOf, ServerConfiguration } from './config';
import type { DrawDeadline } from './ledger/draw';
import type { Ledger, LotteryTerms } from './ledger/ledger';
import { requireMeantDeadline } from './lottery/draw_deadline';
import { drawNumberOf } from './number_settings';
import { SqliteLedger } from './ledger/sqlite/sqlite_ledger';
import { dropPreparedWriter } from './ledger/sqlite/start_writer';
import type { CommitListener } from './telemetry/telemetry';

/** A ledger, as the program has it around the lottery. */
export interface ServerLedger extends Ledger {
  /** Whether operations are carried out now. */
  readonly isAvailable: boolean;
  /** The bytes of a write-ahead log that a reader's transaction holds, where the ledger has such a log. */
  readonly logHeldBytes?: number;
  /** Told of each commit. */
  onCommit: CommitListener;
}

/** What a ledger tells the program. */
export interface LedgerHooks {
  /** The ledger is of no more use. */
  readonly onBroken: (error: Error) => void;
  /** Something is wrong with the storage while nothing has failed by it. */
  readonly onTrouble: (reason: string) => void;
  /** What an operator should know of the ledger when it is opened, as details of a log line. */
  readonly onNotice: (details: Readonly<Record<string, string | number>>) => void;
  /** The storage waits for something, or cannot be tidied up: nothing has failed. */
  readonly onDelay: (reason: string) => void;
  /** The storage is another program that cannot be reached yet: what is waited for, and for how long it has been. */
  readonly onWaiting: (reason: string, waitedMs: number) => void;
  /** Aborted when the program is to stop: a storage is not waited for any more. */
  readonly stop: AbortSignal;
}

/** Which lottery the configuration describes. */
export function termsOf(configuration: ServerConfiguration): LotteryTerms {
  const number = drawNumberOf({ configuration });
  const winnerNumber = number.kind === 'fixed' ? number.number : undefined;
  return { agencies: configuration.AGENCIES, winnerNumber };
}

/** The same, with the setting of the number where it is not the usual one. */
function namedTermsOf(configuration: ServerConfiguration): LotteryTerms {
  const terms = termsOf(configuration);
  const isNamed = terms.winnerNumber !== undefined && configuration.DRAW_NUMBER !== undefined;
  return { ...terms, ...(isNamed && { numberSetting: 'DRAW_NUMBER' }) };
}

/** When the draw is to stop waiting for agencies, if ever. */
export function deadlineOf(configuration: ServerConfiguration): DrawDeadline | undefined {
  const { DRAW_DEADLINE: deadline, DRAW_DEADLINE_ACTION: action } = configuration;
  return deadline && { ...deadline, action };
}

/**
 * Opens the ledger, and makes sure that the deadline is meant for it.
 *
 * @throws ConfigurationError when the ledger is that of a lottery with other terms, or the deadline cannot be meant
 * @throws OperationError when it cannot be opened
 * @throws Error when the program is to stop before it is open
 */
export async function openLedger(
  configuration: ServerConfiguration,
  hooks: LedgerHooks,
): Promise<ServerLedger> {
  const ledger = await openEngine(configuration, hooks);
  try {
    requireMeantDeadline(deadlineOf(configuration), ledger.openedWith, Date.now());
    return ledger;
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

/** The modules of an engine that is not the default are loaded only for those who want it. */
async function openEngine(configuration: ServerConfiguration, hooks: LedgerHooks): Promise<ServerLedger> {
  const settings = {
    ...hooks,
    terms: namedTermsOf(configuration),
    maxBatchBytes: configuration.MAX_PAYLOAD_BYTES,
  };
  if (configuration.LEDGER === 'sqlite') {
    return SqliteLedger.open({ ...settings, folder: configuration.DATA_DIR });
  }
  await dropPreparedWriter();
  const shared = {
    ...settings,
    deadline: deadlineOf(configuration),
    actsOnOverdue: configuration.DRAW_DEADLINE_OVERDUE === 'act',
    allowUnsafeCommits: configuration.DATABASE_UNSAFE_COMMITS === 'allow',
  };
  if (configuration.LEDGER === 'redis') {
    const { RedisLedger } = await import('./ledger/redis/redis_ledger.js');
    const maxConnections = configuration.REDIS_CONNECTIONS;
    return RedisLedger.open({ ...shared, ...redisOf(configuration), maxConnections });
  }
  const { PostgresLedger } = await import('./ledger/postgres/postgres_ledger.js');
  return PostgresLedger.open({ ...shared, ...databaseOf(configuration) });
}

/** The log that receipts are cut out of, where the settings ask for one. */
import { createHash } from 'node:crypto';

import { SYSTEM_CLOCK } from '../program/clock';
import { OperationError } from '../program/exit';
import type { Log } from '../program/log';
import { LogLimiter } from '../program/log_limiter';
import { untilAborted } from '../program/until_aborted';
import { databaseOf, redisOf, ServerConfiguration, ServerSettings } from './config';
import { Ledger, LedgerState, LedgerUnavailable } from './ledger/ledger';
import { FolderLock } from './ledger/sqlite/folder_lock';
import type { SharedValues } from './ledger/shared_values';
import type { DrawGate } from './lottery/draw_gates';
import { chosenNumberOf, requireRoundAhead } from './number_settings';
import { FollowedLedger, openSharedValues } from './open_shared_log';
import { isBegun, receiptsOf, requireReceiptsFromTheBeginning } from './receipts_settings';
import type { LogThreadStart } from './transparency/log_messages';
import type { TransparencyLog } from './transparency/transparency_log';

/**
 * Opens the log, and waits until all is in it that the ledger holds. Its modules are loaded only where there is one.
 *
 * @param ledger is closed when the log cannot be opened
 * @param onBroken told when the ledger turns out not to be the one whose log was published
 * @returns `undefined` where no receipts are given
 * @throws ConfigurationError where the settings do not fit, or the ledger was begun otherwise
 * @throws OperationError when it cannot be written, or the ledger is not the one whose log was published
 */
export async function openReceipts(
  settings: ServerSettings,
  ledger: Pick<Ledger, 'openedWith' | 'close'>,
  log: Log,
  onBroken: (error: Error) => void,
): Promise<TransparencyLog | undefined> {
  const followed = followedLedgerOf(settings.configuration);
  let shared: SharedValues | undefined;
  let lock: FolderLock | undefined;
  const onClosed = async (): Promise<void> => {
    const closing = shared?.close();
    lock?.release();
    [lock, shared] = [undefined, undefined];
    await closing;
  };
  try {
    shared = await openSharedValues(followed);
    const start = await startOf(settings, ledger.openedWith, shared, log);
    if (start === undefined) {
      await onClosed();
      return undefined;
    }
    // A ledger in a folder has locked it already.
    if (shared !== undefined) lock = FolderLock.take(settings.configuration.DATA_DIR, 'log');
    const trouble = new LogLimiter(() => SYSTEM_CLOCK.nowMs());
    const onTrouble = (reason: string): void => {
      const more = trouble.admit('receipts');
      if (more !== undefined) log.warning('write_receipts', 'fail', { error: reason, more });
    };
    const { TransparencyLog } = await import('./transparency/transparency_log.js');
    const hooks = { clock: SYSTEM_CLOCK, onTrouble, onBroken, shared, onClosed };
    const receipts = await TransparencyLog.open({ ...start, ledger: followed }, hooks);
    log.info('open_receipts', 'success', { origin: start.terms.origin, leaves: receipts.progress.size });
    return receipts;
  } catch (error) {
    await Promise.all([onClosed(), ledger.close()]);
    throw error instanceof LedgerUnavailable ? new OperationError(error.message) : error;
  }
}

/** The ledger that the settings name. */
function followedLedgerOf(configuration: ServerConfiguration): FollowedLedger {
  const { LEDGER: engine, DATA_DIR: folder, DATABASE_UNSAFE_COMMITS } = configuration;
  const allowUnsafeCommits = DATABASE_UNSAFE_COMMITS === 'allow';
  if (engine === 'postgres') {
    return { engine, settings: { ...databaseOf(configuration), allowUnsafeCommits } };
  }
  if (engine === 'redis') return { engine, settings: { ...redisOf(configuration), allowUnsafeCommits } };
  return { engine, folder };
}

/** @param shared what servers over this ledger share, where there may be several */
async function startOf(
  settings: ServerSettings,
  state: LedgerState,
  shared: SharedValues | undefined,
  log: Log,
): Promise<Omit<LogThreadStart, 'ledger'> | undefined> {
  const receipts = receiptsOf(settings);
  if (settings.configuration.LEDGER === 'sqlite') requireReceiptsFromTheBeginning(settings, state);
  if (receipts === undefined) {
    if (shared === undefined) return undefined;
    const { agreeOnNone } = await import('./receipts_agreement.js');
    await agreeOnNone(settings, shared, state);
    return undefined;
  }
  const { AGENCIES: agencies } = settings.configuration;
  const { origin, keyPem, policy, folder } = receipts;
  const chosen = chosenNumberOf(settings);
  requireRoundAhead(settings, chosen, state, Date.now());
  const policyHash = policy && createHash('sha256').update(policy).digest();
  const terms = { origin, agencies, ...chosen.terms, policyHash };
  const { promiseReceipts, requireSameLog } = await import('./same_log.js');
  requireSameLog(settings, receipts, terms, isBegun(receipts, state));
  if (shared === undefined) await promiseReceipts(settings, origin);
  else {
    const { agreeOnLog } = await import('./receipts_agreement.js');
    await agreeOnLog(settings, shared, receipts, terms, state);
  }
  await logPolicyDoubt(settings, policy, log);
  return { folder, terms, keyPem };
}

async function logPolicyDoubt(settings: ServerSettings, policy: Buffer | undefined, log: Log): Promise<void> {
  const { policyDoubt } = await import('./policy_checks.js');
  const doubt = policyDoubt(settings, policy);
  if (doubt !== undefined) log.warning('config', 'success', { ...doubt });
}

/** The winners are looked for when the seal is published, so that nobody can add a bet afterwards. */
export function sealGate(log: TransparencyLog): DrawGate {
  return {
    name: 'seal',
    pass: (_, stopped) => Promise.race([log.untilSealed(), untilAborted(stopped)]),
  };
}

/** The log that receipts are cut out of, where the settings ask for one. */
import { createHash } from 'node:crypto';

import { SYSTEM_CLOCK } from '../program/clock';
import type { Log } from '../program/log';
import { LogLimiter } from '../program/log_limiter';
import { untilAborted } from '../program/until_aborted';
import type { ServerSettings } from './config';
import type { Ledger, LedgerState } from './ledger/ledger';
import type { DrawGate } from './lottery/draw_gates';
import { chosenNumberOf, requireRoundAhead } from './number_settings';
import { receiptsOf, requireReceiptsFromTheBeginning } from './receipts_settings';
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
  try {
    const start = await startOf(settings, ledger.openedWith);
    if (start === undefined) return undefined;
    const trouble = new LogLimiter(() => SYSTEM_CLOCK.nowMs());
    const onTrouble = (reason: string): void => {
      const more = trouble.admit('receipts');
      if (more !== undefined) log.warning('write_receipts', 'fail', { error: reason, more });
    };
    const { TransparencyLog } = await import('./transparency/transparency_log.js');
    const receipts = await TransparencyLog.open(start, { clock: SYSTEM_CLOCK, onTrouble, onBroken });
    log.info('open_receipts', 'success', { origin: start.terms.origin, leaves: receipts.progress.size });
    return receipts;
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

async function startOf(settings: ServerSettings, state: LedgerState): Promise<LogThreadStart | undefined> {
  const receipts = receiptsOf(settings);
  requireReceiptsFromTheBeginning(settings, state);
  if (receipts === undefined) return undefined;
  const { AGENCIES: agencies, DATA_DIR } = settings.configuration;
  const { origin, keyPem, policy, folder } = receipts;
  const chosen = chosenNumberOf(settings);
  requireRoundAhead(settings, chosen, state, Date.now());
  const policyHash = policy && createHash('sha256').update(policy).digest();
  const terms = { origin, agencies, ...chosen.terms, policyHash };
  const { promiseReceipts, requireSameLog } = await import('./same_log.js');
  requireSameLog(settings, receipts, terms);
  await promiseReceipts(settings, origin);
  return { ledger: { engine: 'sqlite', folder: DATA_DIR }, folder, terms, keyPem };
}

/** The winners are looked for when the seal is published, so that nobody can add a bet afterwards. */
export function sealGate(log: TransparencyLog): DrawGate {
  return {
    name: 'seal',
    pass: (_, stopped) => Promise.race([log.untilSealed(), untilAborted(stopped)]),
  };
}

/** Makes a ledger from a copy: everything is checked beside its place, and then it has its name at once. */
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigurationError, OperationError } from '../../program/exit';
import { PRIVATE_FILE } from '../../program/folders';
import { SqliteAuditReader } from '../../server/ledger/sqlite/audit_reader';
import { bringUpToDate } from '../../server/ledger/sqlite/copied_ledger';
import { FolderLock, LOCK_FILE } from '../../server/ledger/sqlite/folder_lock';
import { syncFolders } from '../../server/ledger/sqlite/folders';
import { LEDGER_FILE } from '../../server/ledger/sqlite/store';
import { Verification, verifyLog } from '../audit/verify';
import type { RestorePlan } from './arguments';
import { requireCopy, syncFile } from './copy_file';

/** How far a restored ledger goes. */
export interface Restored extends Verification {
  readonly winnerNumber: number | undefined;
  /** The last line of its audit log; `undefined` where it has none. */
  readonly lastLine: string | undefined;
}

/**
 * Restores a copy. When it fails or is stopped, nothing is left in the folder that was not there before.
 *
 * @throws ConfigurationError when there is no copy, or the folder has a ledger
 * @throws OperationError when the copy is no whole ledger, a server uses the folder, or it was stopped
 */
export async function restore({ copy, into }: RestorePlan, stop: AbortSignal): Promise<Restored> {
  requireCopy(copy);
  const wasThere = existsSync(into);
  const hadLock = existsSync(join(into, LOCK_FILE));
  requireNoLedger(into, false);
  const lock = FolderLock.take(into);
  let restored: Restored | undefined;
  try {
    requireNoLedger(into, lock.isMade);
    restored = await place({ copy, into }, stop);
    const { batches, bets } = restored.counts;
    lock.noteRestored({ copy, batches, bets });
    lock.markMade();
    return restored;
  } finally {
    lock.release();
    if (restored === undefined && !wasThere) rmSync(into, { recursive: true, force: true });
    else if (restored === undefined && !hadLock) rmSync(join(into, LOCK_FILE), { force: true });
  }
}

function requireNoLedger(into: string, isMade: boolean): void {
  const found = [LEDGER_FILE, `${LEDGER_FILE}-wal`].find((name) => existsSync(join(into, name)));
  if (found === undefined && !isMade) return;
  const what = found === undefined ? 'a ledger was made there, and is gone' : `${found} is there`;
  throw new ConfigurationError(`--into: ${into} is wrong: ${what}; allowed is a folder without a ledger`);
}

async function place({ copy, into }: RestorePlan, stop: AbortSignal): Promise<Restored> {
  const folder = mkdtempSync(join(into, '.restore-'));
  try {
    const file = join(folder, LEDGER_FILE);
    await copyFile(copy, file);
    await chmod(file, PRIVATE_FILE);
    requireNotStopped(stop);
    bringUpToDate(file);
    requireNotStopped(stop);
    const restored = await check(folder, stop);
    if (statSync(file).size === 0) throw new OperationError(`${copy}: is empty`);
    syncFile(file);
    renameSync(file, join(into, LEDGER_FILE));
    return restored;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    syncFolders(into, into);
  }
}

async function check(folder: string, stop: AbortSignal): Promise<Restored> {
  const reader = new SqliteAuditReader(folder);
  try {
    const verification = await verifyLog(reader, stop);
    if (verification === undefined) throw stopped();
    const { differences, differenceCount } = verification;
    if (differenceCount > 0) {
      throw new OperationError(
        `the copy is damaged: its log and its bets differ in ${differenceCount} places, the first: ${differences[0]}`,
      );
    }
    const last = await reader.lastSequence();
    const [segment] = reader.read(last - 1);
    return {
      ...verification,
      winnerNumber: reader.winnerNumber,
      lastLine: segment?.lines.trimEnd().split('\n').at(-1),
    };
  } finally {
    await reader.close();
  }
}

function requireNotStopped(stop: AbortSignal): void {
  if (stop.aborted) throw stopped();
}

function stopped(): OperationError {
  return new OperationError('stopped: nothing was restored');
}

/** What an operator should know of a ledger's folder when it is opened. */
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { checkLocks } from './file_system';
import { FolderLock, RestoredFrom } from './folder_lock';
import { LEDGER_FILE } from './store';

/** One thing to know, as details of a log line. */
export type Notice = Readonly<Record<string, string | number>>;

/** What is told of a restored ledger: how far the copy went. */
function restoredNotice({ copy, batches, bets, restoredAt }: RestoredFrom): Notice {
  return {
    restored_from: copy,
    restored_at: restoredAt,
    restored_batches: batches,
    restored_bets: bets,
    note: 'what was acknowledged after the copy was made is not in it',
  };
}

/** A folder that was taken, and what should be known of it. */
export type NotedFolder = FolderLock & { notices?: () => readonly Notice[] };

/** Takes a folder as {@link FolderLock.take} does. @throws OperationError as that, or when its locks do nothing */
export function takeLedgerFolder(folder: string): NotedFolder {
  const lock = FolderLock.take(folder);
  try {
    const { restoredFrom } = lock;
    const notices = [
      ...folderNotices(folder),
      ...(restoredFrom === undefined ? [] : [restoredNotice(restoredFrom)]),
    ];
    return Object.assign(lock, { notices: () => notices });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Looks at the folder of a ledger that this process holds the lock of.
 *
 * @throws OperationError when it lies on a file system whose locks do nothing
 */
function folderNotices(folder: string): Notice[] {
  const notices: Notice[] = [];
  const locks = checkLocks(folder);
  if (locks !== undefined) {
    notices.push({
      file_system: locks.fileSystem,
      note: 'its locks were tried on this machine only: no server of another machine may use this folder',
    });
  }
  const file = join(folder, LEDGER_FILE);
  if (isOpenToOthers(folder, 0o001) && isOpenToOthers(file, 0o004)) {
    notices.push({ readable_by_everybody: file, note: `chmod 700 ${folder}` });
  }
  if (isOpenToOthers(folder, 0o002))
    notices.push({ writable_by_everybody: folder, note: `chmod 700 ${folder}` });
  return notices;
}

function isOpenToOthers(path: string, permission: number): boolean {
  if (process.platform === 'win32') return false;
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & permission) !== 0;
}

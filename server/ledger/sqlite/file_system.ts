/**
 * Whether locks on a folder's files keep other servers away. On a network file system they may do nothing, without an
 * error: then two servers could write one ledger, and an acknowledged bet would be lost.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

import { oneLine, OperationError } from '../../../program/exit';
import { ownProgram } from '../../../program/own_files';
import { LOCK_FILE } from './folder_lock';

/** File systems whose files other machines may have open, by what `statfs` calls them (linux/magic.h). */
const SHARED: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x5346414f, 'afs'],
  [0x00c36400, 'ceph'],
  [0x73757245, 'coda'],
  [0x564c, 'ncp'],
  [0x0bd00bd0, 'lustre'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x786f4256, 'vboxsf'],
  [0x7c7c6673, 'prl_fs'],
]);
/** Options of a mount with which a lock is known to this machine alone. */
const LOCAL_LOCKS = /^(nolock|nobrl|local_lock=(all|posix))$/;
const PROBE_TIMEOUT_MS = 10_000;
/** How the probe exits that could take a lock which this process holds. */
export const TAKEN = 3;
/** How the probe exits that could not. */
export const HELD = 0;

/** What is known of the folder's file system; a test brings its own. */
export interface FileSystemFacts {
  /** The type, as `statfs` tells it. */
  readonly typeOf: (folder: string) => number;
  /** The options of the mount that a folder lies in. */
  readonly mountOptionsOf: (folder: string) => readonly string[];
  /** Tries from another process to take the lock: `held` when it cannot, as it should be. */
  readonly tryLock: (lockFile: string) => 'held' | 'taken';
}

const FACTS: FileSystemFacts = {
  typeOf: (folder) => statfsSync(folder).type,
  mountOptionsOf: (folder) =>
    mountOptions(realpathSync(folder), readFileSync('/proc/self/mountinfo', 'utf8')),
  tryLock: tryLockElsewhere,
};

/**
 * Tries whether the lock that this process holds on a folder keeps others away. A disk of this machine is not tried.
 *
 * @returns the file system, where other machines may share it; `undefined` for a disk of this machine
 * @throws OperationError when the locks do nothing
 */
export function checkLocks(folder: string, facts = FACTS): { readonly fileSystem: string } | undefined {
  const fileSystem = SHARED.get(facts.typeOf(folder) >>> 0);
  if (fileSystem === undefined) return undefined;
  const option = optionsOf(folder, facts).find((each) => LOCAL_LOCKS.test(each));
  if (option !== undefined) throw useless(folder, `${fileSystem}, mounted with ${option}`);
  if (facts.tryLock(join(folder, LOCK_FILE)) === 'taken') throw useless(folder, fileSystem);
  return { fileSystem };
}

function optionsOf(folder: string, facts: FileSystemFacts): readonly string[] {
  try {
    return facts.mountOptionsOf(folder);
  } catch {
    // A system without that list: the lock itself is tried.
    return [];
  }
}

function useless(folder: string, where: string): OperationError {
  return new OperationError(
    `${folder}: lies on ${where}, where locks do not keep a second server away: take a disk of this machine for DATA_DIR`,
  );
}

/**
 * The options of the mount that a path lies in.
 *
 * @param mountInfo as `/proc/self/mountinfo` has it (proc_pid_mountinfo(5))
 */
export function mountOptions(path: string, mountInfo: string): readonly string[] {
  let best = { point: '', options: [] as string[] };
  for (const line of mountInfo.split('\n')) {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const isAround = point !== '' && (path === point || path.startsWith(point === '/' ? '/' : `${point}/`));
    // Of two mounts on one place the later one counts.
    if (!isAround || point.length < best.point.length) continue;
    best = { point, options: `${fields[5] ?? ''},${fields.at(-1) ?? ''}`.split(',') };
  }
  return best.options;
}

/** Another process must ask: a process never locks itself out. */
function tryLockElsewhere(lockFile: string): 'held' | 'taken' {
  const probe = spawnSync(process.execPath, [ownProgram('server/ledger/sqlite/lock_probe'), lockFile], {
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    env: { PATH: process.env['PATH'] },
  });
  if (probe.status === HELD) return 'held';
  if (probe.status === TAKEN) return 'taken';
  const reason = probe.error === undefined ? probe.stderr.trim().split('\n')[0] : oneLine(probe.error);
  throw new OperationError(`${lockFile}: whether its lock keeps others away cannot be tried: ${reason}`);
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { DIST } from '../../../tests/support/built';
import { OperationError } from '../../../program/exit';
import { checkLocks, FileSystemFacts, HELD, mountOptions, TAKEN } from './file_system';
import { FolderLock, LOCK_FILE } from './folder_lock';
import { newFolder, removeFolders } from './testing/ledger_folder';

afterAll(removeFolders);

const NFS = 0x6969;
const EXT4 = 0xef53;
const FUSE = 0x65735546;

function facts(
  type: number,
  options: readonly string[] = [],
  lock: 'held' | 'taken' = 'held',
): FileSystemFacts {
  return { typeOf: () => type, mountOptionsOf: () => options, tryLock: () => lock };
}

test('a disk of this machine is not tried', () => {
  const never = (): never => {
    throw new Error('it was tried');
  };
  expect(checkLocks('/x', { typeOf: () => EXT4, mountOptionsOf: never, tryLock: never })).toBeUndefined();
});

test('a shared file system whose lock holds is told', () => {
  expect(checkLocks('/x', facts(NFS))).toEqual({ fileSystem: 'nfs' });
  expect(checkLocks('/x', facts(FUSE, ['rw', 'relatime']))).toEqual({ fileSystem: 'fuse' });
  // As a signed number of 32 bits.
  expect(checkLocks('/x', facts(0xff534d42 | 0))).toEqual({ fileSystem: 'cifs' });
});

test('one whose lock does nothing is refused', () => {
  expect(() => checkLocks('/x', facts(FUSE, [], 'taken'))).toThrow(OperationError);
  expect(() => checkLocks('/x', facts(FUSE, [], 'taken'))).toThrow(
    '/x: lies on fuse, where locks do not keep a second server away: take a disk of this machine for DATA_DIR',
  );
});

test.each(['nolock', 'local_lock=all', 'local_lock=posix', 'nobrl'])(
  'one whose locks are known to this machine alone (%s) is refused',
  (option) => {
    expect(() => checkLocks('/x', facts(NFS, ['rw', option]))).toThrow(
      `/x: lies on nfs, mounted with ${option}, where`,
    );
  },
);

test('without a list of mounts, the lock alone is tried', () => {
  const noList = (): never => {
    throw new Error('no /proc');
  };
  expect(checkLocks('/x', { ...facts(NFS), mountOptionsOf: noList })).toEqual({ fileSystem: 'nfs' });
});

test('the options are those of the mount that the folder lies in', () => {
  const info = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '40 22 0:30 / /mnt/a\\040b rw,noatime shared:2 - nfs4 host:/x rw,vers=3,nolock,local_lock=none',
    '41 22 0:31 / /mnt/a\\040bc rw - nfs4 host:/y rw,local_lock=all',
    '42 40 0:32 / /mnt/a\\040b rw - nfs4 host:/z rw,local_lock=none',
    '',
  ].join('\n');
  expect(mountOptions('/mnt/a b/ledger', info)).toEqual(['rw', 'rw', 'local_lock=none']);
  expect(mountOptions('/mnt/a bc', info)).toContain('local_lock=all');
  expect(mountOptions('/mnt/other', info)).toEqual(['rw', 'relatime', 'rw']);
});

test('the probe, another process, tells a lock that is held from one that is not', () => {
  const folder = newFolder();
  const lock = FolderLock.take(folder);
  const probe = (): number | null =>
    spawnSync(process.execPath, [join(DIST, 'server/ledger/sqlite/lock_probe.js'), join(folder, LOCK_FILE)])
      .status;
  expect(probe()).toBe(HELD);
  lock.release();
  expect(probe()).toBe(TAKEN);
});

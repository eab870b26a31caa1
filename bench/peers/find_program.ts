import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { OperationError } from '../../program/exit';

/** Where servers lie that are not on the PATH of an ordinary user. */
const USUAL_FOLDERS = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin'];
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';
const VERSION_TIMEOUT_MS = 10_000;

/**
 * Finds an installed program.
 *
 * @returns its file
 * @throws OperationError when it is not installed
 */
export function findProgram(name: string): string {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [...onPath, ...postgresqlFolders(), ...USUAL_FOLDERS];
  const file = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (file === undefined) throw new OperationError(`${name} is not installed`);
  return file;
}

/** The version that a program tells, such as `7.0.15`; an empty text when it tells none. */
export function versionOf(file: string): string {
  const text = execFileSync(file, ['--version'], {
    encoding: 'utf8',
    timeout: VERSION_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? '';
}

/** Debian keeps PostgreSQL's programs in a folder for each version: the newest first. */
function postgresqlFolders(): string[] {
  try {
    const versions = readdirSync(POSTGRESQL_VERSIONS);
    versions.sort((left, right) => Number(right) - Number(left));
    return versions.map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

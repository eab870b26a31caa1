/** The files that an agency reads and writes: where they are, and whether they can be there. */
import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ConfigurationError, oneLine } from '../program/exit';
import { ClientConfiguration, variableOf } from './config';

/** Where an agency's files are. */
export interface Places {
  /** The bets. */
  readonly files: readonly string[];
  /** The rows that cannot be sent: the first place that can be written. */
  readonly rejectedFiles: readonly string[];
  /** Which files were sold from. */
  readonly soldFile: string;
  /** The receipts, where any are asked for. */
  readonly receiptsFolder: string;
}

/**
 * Finds the places, and looks whether they can be used, before anything is done.
 *
 * @throws ConfigurationError when a file of bets is not there, or the folder of a file that is to be written
 */
export function findPlaces(configuration: ClientConfiguration): Places {
  const { id } = configuration;
  const files = configuration['data.file'] ?? [join('.data', `agency-${id}.csv`)];
  for (const file of files) requireFile(file);
  const digests = configuration['data.sha256'];
  if (digests !== undefined && digests.length !== files.length) {
    throw mistake('data.sha256', `${digests.length} digests for ${files.length} files`);
  }
  for (const key of ['data.winnersFile', 'data.rejectedFile', 'data.soldFile'] as const) {
    const path = configuration[key];
    if (path === undefined) continue;
    requireWritable(key, path);
    requireNoBets(key, path, files);
  }
  const winners = configuration['data.winnersFile'];
  const rejected = configuration['data.rejectedFile'];
  const name = `rejected-agency-${id}.csv`;
  return {
    files,
    rejectedFiles:
      rejected === undefined
        ? [join(winners === undefined ? '.' : dirname(winners), name), join(tmpdir(), name)]
        : [rejected],
    receiptsFolder:
      configuration['receipts.folder'] ?? join(dirname(winners ?? files[0] ?? '.'), `receipts-agency-${id}`),
    soldFile: configuration['data.soldFile'] ?? join(dirname(files[0] ?? '.'), `sold-agency-${id}.json`),
  };
}

function requireFile(path: string): void {
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch (error) {
    throw mistake('data.file', `${path}: cannot be read: ${oneLine(error)}`);
  }
  if (!isFile) throw mistake('data.file', `${path}: cannot be read: it is no regular file`);
}

function requireWritable(key: keyof ClientConfiguration, path: string): void {
  const folder = dirname(path);
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
  } catch (error) {
    throw mistake(key, `${path}: cannot be written: ${oneLine(error)}`);
  }
}

/** What is written there would take the place of the bets. */
function requireNoBets(key: keyof ClientConfiguration, path: string, files: readonly string[]): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  for (const file of files) {
    const { dev, ino } = statSync(file);
    if (found.dev === dev && found.ino === ino) throw mistake(key, `${path}: is the file of bets ${file}`);
  }
}

function mistake(key: keyof ClientConfiguration, what: string): ConfigurationError {
  return new ConfigurationError(`${key} (${variableOf(key)}): ${what}`);
}

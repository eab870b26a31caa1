/** Whether this server gives receipts, and with what. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { oneLine } from '../program/exit';
import { NamedFile, readNamedFile, readSecretFile, wrongFile } from '../program/named_file';
import type { ServerKey, ServerSettings } from './config';
import type { LedgerState } from './ledger/ledger';
import { CHECKPOINT_FILE } from './transparency/log_folder';
import { signingKey } from './transparency/log_keys';
import { settingName, wrongSetting } from './setting_mistake';

/** The folder of the log, in that of the ledger. */
const LOG_FOLDER = 'log';
/** Beside it: its being there says that receipts were promised, also when the folder is lost. */
export const PROMISE_FILE = 'receipts-promised';

/** What receipts are given with. */
export interface ReceiptsSettings {
  /** The name of the log, one for each draw. */
  readonly origin: string;
  /** The signing key, PKCS#8 in PEM form. */
  readonly keyPem: string;
  /** The policy by which the log is to be checked. */
  readonly policy: Buffer | undefined;
  /** Where the log is kept. */
  readonly folder: string;
}

/**
 * Reads what receipts are given with.
 *
 * @returns `undefined` where none are given
 * @throws ConfigurationError in one line: place, key, value, what is allowed
 */
export function receiptsOf(settings: ServerSettings): ReceiptsSettings | undefined {
  const { RECEIPTS, RECEIPTS_ORIGIN: origin, DATA_DIR } = settings.configuration;
  if (RECEIPTS === 'off') return undefined;
  if (origin === undefined) {
    throw wrongSetting(settings, 'RECEIPTS', '"on" needs RECEIPTS_ORIGIN: the name of this draw\'s log');
  }
  const keyPem = readKey(settings);
  return { origin, keyPem, policy: policyOf(settings), folder: join(DATA_DIR, LOG_FOLDER) };
}

/** Whether nothing was stored yet that would be a leaf. */
export function isEmptyLedger({ batches, finishedAgencies, closedWith }: LedgerState): boolean {
  return batches === 0 && finishedAgencies.size === 0 && closedWith === undefined;
}

/** Whether something was stored that is a leaf, or the log was published. */
export function isBegun({ folder }: Pick<ReceiptsSettings, 'folder'>, state: LedgerState): boolean {
  return !isEmptyLedger(state) || existsSync(join(folder, CHECKPOINT_FILE));
}

/**
 * Makes sure that a ledger gives receipts from its first leaf on, or never. It is for a ledger that one server has for
 * itself; receipts_agreement.ts is for the others.
 *
 * @param state what the ledger held when it was opened
 * @throws ConfigurationError where the settings want it otherwise
 */
export function requireReceiptsFromTheBeginning(settings: ServerSettings, state: LedgerState): void {
  const { RECEIPTS, DATA_DIR } = settings.configuration;
  const isEmpty = isEmptyLedger(state);
  const hasLog = existsSync(join(DATA_DIR, LOG_FOLDER, CHECKPOINT_FILE));
  const isPromised = hasLog || (!isEmpty && existsSync(join(DATA_DIR, PROMISE_FILE)));
  if (RECEIPTS === 'off') {
    if (!isPromised) return;
    throw wrongSetting(
      settings,
      'RECEIPTS',
      `"off" is wrong: the agencies of ${DATA_DIR} were promised receipts; allowed is on`,
    );
  }
  if (hasLog || isEmpty) return;
  throw wrongSetting(
    settings,
    'RECEIPTS',
    isPromised
      ? `the log of ${DATA_DIR} is lost: put its folder ${LOG_FOLDER} back, whose checkpoints were handed out`
      : `"on" is wrong: ${DATA_DIR} was begun without receipts; allowed is off`,
  );
}

function readKey(settings: ServerSettings): string {
  const { RECEIPTS_KEY: path } = settings.configuration;
  if (path === undefined) {
    throw wrongSetting(settings, 'RECEIPTS', '"on" needs RECEIPTS_KEY: a file that npm run trust-key makes');
  }
  const file = namedFile(settings, 'RECEIPTS_KEY', path);
  const pem = readSecretFile(file).toString();
  try {
    signingKey(pem);
    return pem;
  } catch (error) {
    throw wrongFile(file, `holds no signing key: ${oneLine(error)}`);
  }
}

function policyOf(settings: ServerSettings): Buffer | undefined {
  const { RECEIPTS_POLICY: path } = settings.configuration;
  return path === undefined ? undefined : readNamedFile(namedFile(settings, 'RECEIPTS_POLICY', path));
}

function namedFile(settings: ServerSettings, key: ServerKey, path: string): NamedFile {
  return { setting: `${settingName(settings, key)}:`, path };
}

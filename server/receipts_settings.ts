/** Whether this server gives receipts, and with what. */
import { createHash } from 'node:crypto';
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

/** What receipts are given with. */
export interface ReceiptsSettings {
  /** The name of the log, one for each draw. */
  readonly origin: string;
  /** The signing key, PKCS#8 in PEM form. */
  readonly keyPem: string;
  /** SHA-256 of the policy by which the log is to be checked. */
  readonly policyHash: Buffer | undefined;
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
  const { RECEIPTS, RECEIPTS_ORIGIN: origin, LEDGER, DATA_DIR } = settings.configuration;
  if (RECEIPTS === 'off') return undefined;
  if (LEDGER !== 'sqlite') {
    throw wrongSetting(
      settings,
      'RECEIPTS',
      `"on" is wrong with LEDGER = ${LEDGER}; allowed is LEDGER = sqlite`,
    );
  }
  if (origin === undefined) {
    throw wrongSetting(settings, 'RECEIPTS', '"on" needs RECEIPTS_ORIGIN: the name of this draw\'s log');
  }
  const keyPem = readKey(settings);
  return { origin, keyPem, policyHash: policyHashOf(settings), folder: join(DATA_DIR, LOG_FOLDER) };
}

/**
 * Makes sure that a ledger gives receipts from its first leaf on, or never.
 *
 * @param state what the ledger held when it was opened
 * @throws ConfigurationError where the settings want it otherwise
 */
export function requireReceiptsFromTheBeginning(settings: ServerSettings, state: LedgerState): void {
  const { RECEIPTS, LEDGER, DATA_DIR } = settings.configuration;
  if (LEDGER !== 'sqlite') return;
  const hasLog = existsSync(join(DATA_DIR, LOG_FOLDER, CHECKPOINT_FILE));
  if (RECEIPTS === 'off') {
    if (!hasLog) return;
    throw wrongSetting(
      settings,
      'RECEIPTS',
      `"off" is wrong: the agencies of ${DATA_DIR} were promised receipts; allowed is on`,
    );
  }
  const isEmpty = state.batches === 0 && state.finishedAgencies.size === 0 && state.closedWith === undefined;
  if (hasLog || isEmpty) return;
  throw wrongSetting(
    settings,
    'RECEIPTS',
    `"on" is wrong: ${DATA_DIR} was begun without receipts, or its folder ${LOG_FOLDER} is lost; allowed is off`,
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

function policyHashOf(settings: ServerSettings): Buffer | undefined {
  const { RECEIPTS_POLICY: path } = settings.configuration;
  if (path === undefined) return undefined;
  return createHash('sha256')
    .update(readNamedFile(namedFile(settings, 'RECEIPTS_POLICY', path)))
    .digest();
}

function namedFile(settings: ServerSettings, key: ServerKey, path: string): NamedFile {
  return { setting: `${settingName(settings, key)}:`, path };
}

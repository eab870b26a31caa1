/** Whether the servers over one ledger give receipts, and of which log: the first of them decides for all. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { LogTerms } from '../transparency/draw/entries';
import { noteSigner } from '../transparency/notes/note';
import type { ServerSettings } from './config';
import type { LedgerState } from './ledger/ledger';
import type { SharedValues } from './ledger/shared_values';
import { isEmptyLedger, ReceiptsSettings } from './receipts_settings';
import { begunWith, keyOf } from './same_log';
import { wrongSetting } from './setting_mistake';
import { agreedOtherwise, agreementText } from './transparency/begun_log';
import { CHECKPOINT_FILE } from './transparency/log_folder';
import { signingKey } from './transparency/log_keys';

/** The name of what is agreed on. */
const NAME = 'receipts';
/** What is agreed on where no receipts are given. */
const OFF = Buffer.from('off\n');

/**
 * Makes sure that this server gives no receipts where no other one does.
 *
 * @param state what the ledger held when it was opened
 * @throws ConfigurationError where receipts are promised
 * @throws LedgerUnavailable
 */
export async function agreeOnNone(
  settings: ServerSettings,
  shared: SharedValues,
  state: LedgerState,
): Promise<void> {
  // What was begun before anybody could agree on anything has no log.
  const agreed = await agreement(shared, isEmptyLedger(state) ? OFF : undefined);
  if (agreed === undefined || agreed.equals(OFF)) return;
  throw wrongSetting(
    settings,
    'RECEIPTS',
    '"off" is wrong: the agencies of this database were promised receipts; allowed is on',
  );
}

/**
 * Makes sure that this server builds the log that the others build.
 *
 * @param state what the ledger held when it was opened
 * @throws ConfigurationError where the ledger was begun without a log, or with another one
 * @throws LedgerUnavailable
 */
export async function agreeOnLog(
  settings: ServerSettings,
  shared: SharedValues,
  { keyPem, folder }: Pick<ReceiptsSettings, 'keyPem' | 'folder'>,
  terms: LogTerms,
  state: LedgerState,
): Promise<void> {
  const { verifierKey } = noteSigner(terms.origin, signingKey(keyPem));
  // A database that was made again from its audit log knows of nothing else; the log says itself whose it is.
  const mayBegin = isEmptyLedger(state) || existsSync(join(folder, CHECKPOINT_FILE));
  const agreed = await agreement(shared, mayBegin ? agreementText(terms, verifierKey) : undefined);
  if (agreed === undefined || agreed.equals(OFF)) {
    const what = '"on" is wrong: the ledger of this database was begun without receipts; allowed is off';
    throw wrongSetting(settings, 'RECEIPTS', what);
  }
  const difference = agreedOtherwise(agreed, terms, verifierKey);
  if (difference === undefined) return;
  const key = keyOf(settings, difference);
  throw wrongSetting(settings, key, `the log of this database was begun with ${begunWith(difference)}`);
}

/** What is agreed on. @param proposal what this server wants where nothing is yet */
async function agreement(shared: SharedValues, proposal: Buffer | undefined): Promise<Buffer | undefined> {
  const agreed = await shared.read(NAME);
  if (agreed !== undefined || proposal === undefined) return agreed;
  return (await shared.replace(NAME, undefined, proposal)) ? proposal : shared.read(NAME);
}

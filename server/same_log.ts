/** What is looked at before a log is begun, or goes on: its settings against each other and against what was published. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { writePrivateFile } from '../program/whole_file';
import type { LogTerms } from '../transparency/draw/entries';
import { noteSigner, parseVerifierKey } from '../transparency/notes/note';
import type { NoteVerifier } from '../transparency/notes/verifier_key';
import type { ServerKey, ServerSettings } from './config';
import { controlOf, keySettingOf } from './open_control';
import { requirePolicyOf } from './policy_checks';
import { PROMISE_FILE, ReceiptsSettings } from './receipts_settings';
import { wrongSetting } from './setting_mistake';
import { begunOtherwise, BegunOtherwise } from './transparency/begun_log';
import { LogFolder } from './transparency/log_folder';
import { signingKey } from './transparency/log_keys';

/** Notes in the ledger's folder that receipts are promised from now on. @throws the file system's error */
export async function promiseReceipts({ configuration }: ServerSettings, origin: string): Promise<void> {
  const file = join(configuration.DATA_DIR, PROMISE_FILE);
  if (!existsSync(file)) await writePrivateFile(file, [`${origin}\n`]);
}

/**
 * Makes sure that a log that was begun goes on as it was, and that the policy by which it is to be checked is one for it.
 *
 * @param terms what its first leaf is to say
 * @param isBegun whether something is stored that is a leaf, or the log has been published
 * @throws ConfigurationError that names the setting that is wrong, or was changed since
 * @throws the file system's error
 */
export function requireSameLog(
  settings: ServerSettings,
  receipts: ReceiptsSettings,
  terms: LogTerms,
  isBegun: boolean,
): void {
  const { folder, keyPem, policy } = receipts;
  const { verifierKey } = noteSigner(terms.origin, signingKey(keyPem));
  requireOtherControl(settings, parseVerifierKey(verifierKey));
  const difference = begunOtherwise(new LogFolder(folder), terms, verifierKey);
  if (difference !== undefined) {
    const key = keyOf(settings, difference);
    throw wrongSetting(settings, key, `the log in ${folder} was begun with ${begunWith(difference)}`);
  }
  // A log that was begun cannot have another policy any more, and its bets must come to their draw.
  if (policy !== undefined && !isBegun) requirePolicyOf(settings, policy, terms.origin, verifierKey);
}

/** A control with the log's own name or key could say nothing that the log does not say itself. */
function requireOtherControl(settings: ServerSettings, log: NoteVerifier): void {
  const verifier = controlOf(settings)?.verifier;
  if (verifier === undefined || (verifier.name !== log.name && !verifier.publicKey.equals(log.publicKey)))
    return;
  throw wrongSetting(
    settings,
    keySettingOf(settings) ?? 'CONTROL_VERIFIER_KEY',
    'the control has the name or the key of the log; allowed are a name and a key of its own',
  );
}

/** Which setting is to be put back. */
export function keyOf({ configuration }: ServerSettings, { what }: BegunOtherwise): ServerKey {
  if (what === 'origin') return 'RECEIPTS_ORIGIN';
  if (what === 'key') return 'RECEIPTS_KEY';
  if (what === 'policy') return 'RECEIPTS_POLICY';
  if (what === 'close') return 'DRAW_MARGIN';
  return configuration.DRAW_NUMBER === undefined ? 'LOTTERY_WINNER_NUMBER' : 'DRAW_NUMBER';
}

/** With what the log was begun, and what is allowed therefore. */
export function begunWith({ what, line = '' }: BegunOtherwise): string {
  if (what === 'key') return 'another key; allowed is that key';
  if (what === 'origin') return `another name; allowed is ${line}`;
  if (what === 'policy')
    return line === '' ? 'no policy; allowed is none' : `another policy; allowed is the file of ${line}`;
  return `"${line}"; allowed is what that says`;
}

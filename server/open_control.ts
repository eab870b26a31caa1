/** The internal control, where the settings name one: no draw without its cosignature. */
import { SYSTEM_CLOCK } from '../program/clock';
import { oneLine } from '../program/exit';
import type { Log } from '../program/log';
import { readNamedFile } from '../program/named_file';
import { untilAborted } from '../program/until_aborted';
import { parseVerifierKey, SIGNATURE_TYPE } from '../transparency/notes/note';
import type { ServerKey, ServerSettings } from './config';
import type { Draw } from './ledger/draw';
import type { AnnouncingGate, DrawGate } from './lottery/draw_gates';
import type { ControlAddress, ControlWitness } from './transparency/control_witness';
import type { LogProgress, WitnessedCheckpoint } from './transparency/log_messages';
import type { TransparencyLog } from './transparency/transparency_log';
import { settingName, wrongSetting } from './setting_mistake';
import { tlsDoorsOf } from './tls_settings';

/** How it is called in the log, in the metrics and on the page. */
const NAME = 'control';

/**
 * Reads who the control is.
 *
 * @returns `undefined` where there is none
 * @throws ConfigurationError in one line: place, key, value, what is allowed
 */
export function controlOf(settings: ServerSettings): ControlAddress | undefined {
  const { CONTROL_URL, RECEIPTS, HTTP_PORT } = settings.configuration;
  const keyFrom = keySettingOf(settings);
  if (CONTROL_URL === undefined && keyFrom === undefined) return undefined;
  if (CONTROL_URL === undefined)
    throw wrongSetting(settings, keyFrom ?? 'CONTROL_URL', 'needs CONTROL_URL: where the control is');
  if (keyFrom === undefined)
    throw wrongSetting(settings, 'CONTROL_URL', 'needs CONTROL_VERIFIER_KEY: the key of the control');
  if (RECEIPTS !== 'on')
    throw wrongSetting(settings, 'CONTROL_URL', 'needs RECEIPTS = on: a control follows the log');
  if (HTTP_PORT === undefined)
    throw wrongSetting(settings, 'CONTROL_URL', 'needs HTTP_PORT: there the control reads all bets');
  requireTokens(settings);
  const text = verifierKeyText(settings);
  try {
    const verifier = parseVerifierKey(text);
    if (verifier.type !== SIGNATURE_TYPE.cosignature)
      throw new Error('it is the key of a log, not of a control');
    return { url: CONTROL_URL, verifier };
  } catch (error) {
    throw wrongSetting(settings, keyFrom, oneLine(error));
  }
}

/** The control shows a token or nothing: a door that knows people by certificates alone would refuse it for ever. */
function requireTokens(settings: ServerSettings): void {
  const { HTTP_TOKENS_FILE, SERVER_TLS_CLIENT_CA } = settings.configuration;
  if (HTTP_TOKENS_FILE !== undefined || SERVER_TLS_CLIENT_CA === undefined) return;
  if (!tlsDoorsOf(settings.configuration).http) return;
  throw wrongSetting(
    settings,
    'CONTROL_URL',
    'needs HTTP_TOKENS_FILE beside SERVER_TLS_CLIENT_CA: the control has no certificate; ' +
      "allowed is a file with the auditor's token, which the control gets as CONTROL_TOKEN_FILE",
  );
}

/** Which setting has the control's key, or names its file. @throws ConfigurationError where both are set */
export function keySettingOf(settings: ServerSettings): ServerKey | undefined {
  const { CONTROL_VERIFIER_KEY, CONTROL_VERIFIER_KEY_FILE } = settings.configuration;
  if (CONTROL_VERIFIER_KEY_FILE === undefined)
    return CONTROL_VERIFIER_KEY === undefined ? undefined : 'CONTROL_VERIFIER_KEY';
  if (CONTROL_VERIFIER_KEY === undefined) return 'CONTROL_VERIFIER_KEY_FILE';
  throw wrongSetting(
    settings,
    'CONTROL_VERIFIER_KEY_FILE',
    'cannot go with CONTROL_VERIFIER_KEY: set one of them',
  );
}

/** The key, from wherever it is. @throws ConfigurationError where its file cannot be read */
function verifierKeyText(settings: ServerSettings): string {
  const { CONTROL_VERIFIER_KEY, CONTROL_VERIFIER_KEY_FILE: path } = settings.configuration;
  if (path === undefined) return CONTROL_VERIFIER_KEY ?? '';
  const setting = `${settingName(settings, 'CONTROL_VERIFIER_KEY_FILE')}:`;
  return readNamedFile({ setting, path }).toString().trim();
}

/** Begins to have the log cosigned. Its modules are loaded only where there is a control. */
export async function openControl(
  control: ControlAddress | undefined,
  receipts: TransparencyLog | undefined,
  log: Log,
): Promise<ControlWitness | undefined> {
  if (control === undefined || receipts === undefined) return undefined;
  const { ControlWitness } = await import('./transparency/control_witness.js');
  const onChange = (reason: string | undefined, which: WitnessedCheckpoint): void => {
    const consequence = consequenceOf(which, receipts.progress, control.verifier.name);
    if (reason === undefined) log.info(NAME, 'success', { cosigned: control.verifier.name });
    else log.warning(NAME, 'fail', { error: reason, consequence });
  };
  const witness = new ControlWitness(receipts, control, { clock: SYSTEM_CLOCK, onChange });
  witness.start();
  return witness;
}

/**
 * What it means that the control has not cosigned.
 *
 * @param which it was asked for: once there is a result that is the latest one first, also where both are lost
 * @param name of the control's key
 */
export function consequenceOf(
  which: WitnessedCheckpoint,
  { hasResult, sealSigners }: Pick<LogProgress, 'hasResult' | 'sealSigners'>,
  name: string,
): string {
  if (!hasResult) return 'no draw until it has cosigned';
  const waiting = which === 'latest' ? ['no WIN until it has cosigned the result'] : [];
  if (!sealSigners.includes(name))
    waiting.push('the seal lacks its cosignature: GET /draw/bundle is refused until it has given it again');
  return `${waiting.join('; ')}, unless the draw was called off`;
}

/**
 * Tells whether the result is in the log, and the control's cosignature of the seal is not, or no more: what is published then
 * cannot be verified. A draw that was called off needs none.
 *
 * @param drawn resolves when the draw is announced
 */
export function holdOfBundle(
  control: ControlAddress | undefined,
  receipts: Pick<TransparencyLog, 'progress'> | undefined,
  drawn: Promise<Pick<Draw, 'isCalledOff'>>,
): () => boolean {
  if (control === undefined || receipts === undefined) return () => false;
  let isNeeded = true;
  void drawn.then(({ isCalledOff }) => (isNeeded = !isCalledOff));
  return () => {
    const { hasResult, sealSigners } = receipts.progress;
    return isNeeded && hasResult && !sealSigners.includes(control.verifier.name);
  };
}

/** The winners are looked for when the control has cosigned the seal. A draw that is called off needs nobody's word. */
export function controlGate(witness: ControlWitness): DrawGate {
  return {
    name: NAME,
    pass: async ({ isCalledOff }, stopped) => {
      if (!isCalledOff) await witness.untilCosigned('sealed', stopped);
    },
  };
}

/** Nobody is told of the result before the control has counted the winners again, and cosigned it. */
export function resultGate(witness: ControlWitness, receipts: TransparencyLog): AnnouncingGate {
  return {
    name: NAME,
    pass: async ({ isCalledOff }, stopped) => {
      if (isCalledOff) {
        void cosignCallOff(witness, receipts, stopped);
        return false;
      }
      await Promise.race([receipts.untilEnded(), untilAborted(stopped)]);
      const hadToAsk = await witness.untilCosigned('latest', stopped);
      // Only where it was lost since: nobody has to wait for it.
      void witness.untilCosigned('sealed', stopped);
      return hadToAsk;
    },
  };
}

/** Nobody waits for it; that the sale was called off before a number was known is proved by when it was cosigned. */
async function cosignCallOff(
  witness: ControlWitness,
  receipts: TransparencyLog,
  stopped: AbortSignal,
): Promise<void> {
  await Promise.race([receipts.untilEnded(), untilAborted(stopped)]);
  for (const which of ['sealed', 'latest'] as const) await witness.untilCosigned(which, stopped);
}

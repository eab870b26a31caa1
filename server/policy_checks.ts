/** Whether the policy that is published with a draw is one by which others can check it. */
import { oneLine } from '../program/exit';
import { cosignerKey } from '../transparency/notes/cosignature';
import { NO_QUORUM, parsePolicy, Policy, PolicyError } from '../transparency/notes/policy';
import type { ServerSettings } from './config';
import { controlOf } from './open_control';
import { wrongSetting } from './setting_mistake';

/** A policy that serves, but says less than the operator may think. */
export interface PolicyDoubt {
  /** The file; `none` where there is none. */
  readonly policy: string;
  readonly reason: string;
  /** What follows from it. */
  readonly meaning: string;
}

const UNASKED =
  'this server asks no control before the draw: the verifier refuses the draw until those witnesses have cosigned it';
const UNTIED = 'nothing ties the log to the control, and outsiders cannot know which policy is meant';

/**
 * Makes sure that the verifier can read a policy, and that it names a log with its key: its hash stands in the first leaf, where
 * it cannot be mended.
 *
 * @param policy the file that `RECEIPTS_POLICY` names
 * @param origin the name of the log
 * @param verifierKey of the log
 * @throws ConfigurationError that names the line, or the setting, that is wrong
 */
export function requirePolicyOf(
  settings: ServerSettings,
  policy: Buffer,
  origin: string,
  verifierKey: string,
): void {
  const { logs } = readPolicy(settings, policy);
  if (logs.some((log) => log.verifierKey === verifierKey)) return;
  const { RECEIPTS_KEY: keyFile = '' } = settings.configuration;
  const file = fileOf(settings);
  if (logs.some(({ name }) => name === origin)) {
    throw wrongSetting(
      settings,
      'RECEIPTS_KEY',
      `${keyFile} is not the key that RECEIPTS_POLICY (${file}) names for ${origin}; allowed is that key, or a policy with the line "log ${verifierKey}"`,
    );
  }
  throw wrongSetting(
    settings,
    'RECEIPTS_POLICY',
    `${file} is not for this log; allowed is a policy with the line "log ${verifierKey}"`,
  );
}

/**
 * What is to be doubted of the policy of a log that is begun or goes on.
 *
 * @param policy the file that `RECEIPTS_POLICY` names; `undefined` where it names none
 * @throws ConfigurationError where the settings of the control are wrong
 */
export function policyDoubt(settings: ServerSettings, policy: Buffer | undefined): PolicyDoubt | undefined {
  if (policy === undefined) {
    if (controlOf(settings) === undefined) return undefined;
    return { policy: 'none', reason: 'RECEIPTS_POLICY is not set', meaning: UNTIED };
  }
  const said = saidBy(policy);
  const file = fileOf(settings);
  if (said instanceof PolicyError) {
    return { policy: file, reason: oneLine(said), meaning: 'the verifier refuses this policy' };
  }
  const control = controlOf(settings)?.verifier;
  if (control === undefined) {
    if (said.quorum === NO_QUORUM) return undefined;
    return { policy: file, reason: 'it asks for witnesses, and CONTROL_URL is not set', meaning: UNASKED };
  }
  const key = cosignerKey(control.name, control.publicKey);
  const isNamed = said.witnesses.some(({ verifierKey }) => verifierKey === key);
  if (isNamed && said.quorum !== NO_QUORUM) return undefined;
  return {
    policy: file,
    reason: isNamed ? 'it says "quorum none"' : `it has no line "witness NAME ${key}"`,
    meaning: 'outsiders cannot see from this policy that the sale was sealed before the number',
  };
}

function readPolicy(settings: ServerSettings, policy: Buffer): Policy {
  const said = saidBy(policy);
  if (!(said instanceof PolicyError)) return said;
  throw wrongSetting(settings, 'RECEIPTS_POLICY', `${fileOf(settings)}: ${oneLine(said)}`);
}

function saidBy(policy: Buffer): Policy | PolicyError {
  try {
    return parsePolicy(policy);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

const fileOf = ({ configuration }: ServerSettings): string => configuration.RECEIPTS_POLICY ?? '';

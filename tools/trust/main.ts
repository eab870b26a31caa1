/** Makes the key that signs a draw's log, or those of a log and its control: `npm run trust-key -- --help`. */
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { ConfigurationError, EXIT_DONE, oneLine, OperationError, runProgram } from '../../program/exit';
import { readTextFile } from '../../program/text_file';
import { writePrivateFile } from '../../program/whole_file';
import { cosignerKey } from '../../transparency/notes/cosignature';
import { verifierKey } from '../../transparency/notes/note';
import { readArguments, TrustKeyPlan, USAGE } from './arguments';
import { makeDrawKeys } from './draw_keys';
import { KeyPurpose, newKeyText, publicKeyIn } from './key_file';

/** One key. */
type KeyPlan = Exclude<TrustKeyPlan, { readonly kind: 'draw' }>;
/** The keys of a log and its control. */
type DrawPlan = Extract<TrustKeyPlan, { readonly kind: 'draw' }>;

async function main(): Promise<number> {
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') process.stdout.write(USAGE);
  else if (plan.kind === 'draw') await makeForDraw(plan);
  else tell(plan, plan.kind === 'make' ? await make(plan) : show(plan));
  return EXIT_DONE;
}

/** @returns the public key */
async function make(plan: KeyPlan): Promise<KeyObject> {
  const { file } = plan;
  if (existsSync(file))
    throw new ConfigurationError(`--out: ${file} is there already; remove it first, or name another`);
  const text = newKeyText(purposeOf(plan));
  try {
    await writePrivateFile(file, [text]);
  } catch (error) {
    throw new OperationError(`${file}: cannot be written: ${oneLine(error)}`);
  }
  return publicKeyIn(text, purposeOf(plan));
}

function show(plan: KeyPlan): KeyObject {
  const { text } = readTextFile(plan.file);
  try {
    return publicKeyIn(text, purposeOf(plan));
  } catch (error) {
    throw new ConfigurationError(`--show: ${plan.file} ${oneLine(error)}`);
  }
}

function purposeOf({ name, isControl }: KeyPlan): KeyPurpose {
  return { role: isControl ? 'control' : 'log', name };
}

async function makeForDraw({ name, controlName, folder }: DrawPlan): Promise<void> {
  const { policy, made } = await makeDrawKeys(folder, name, controlName);
  const lines = [
    `${folder}: ${made.length === 0 ? 'all was there' : `made: ${made.join(', ')}`}`,
    '',
    'the policy (public/policy.txt):',
    ...policy
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function tell({ name, file, isControl }: KeyPlan, publicKey: KeyObject): void {
  const verifier = isControl ? cosignerKey(name, publicKey) : verifierKey(name, publicKey);
  const settings = isControl
    ? [`  CONTROL_NAME = ${name}`, `  CONTROL_KEY = ${resolve(file)}`]
    : ['  RECEIPTS = on', `  RECEIPTS_ORIGIN = ${name}`, `  RECEIPTS_KEY = ${resolve(file)}`];
  process.stdout.write(
    [
      `the verifier key: ${verifier}`,
      '',
      `for the settings of ${isControl ? 'the control' : 'the server'}:`,
      ...settings,
      '',
      ...(isControl ? [] : ['for the settings of the agencies (CLI_RECEIPTS_LOG):', `  ${verifier}`, '']),
      ...(isControl
        ? [
            'for a policy, behind its line "log", and with no other line "quorum" (not "quorum none"):',
            `  witness control ${verifier}`,
            '  quorum control',
          ]
        : [
            'for a policy (one line "quorum" alone: with a control, its two lines instead of "quorum none"):',
            `  log ${verifier}`,
            '  quorum none',
          ]),
      '',
    ].join('\n'),
  );
}

void runProgram(main);

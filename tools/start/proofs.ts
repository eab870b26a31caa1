/** What a run needs so that its draw can be checked: keys of its own, a policy, and settings that name them. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { basename, join } from 'node:path';

import { writePrivateFile, writeWholeFile } from '../../program/whole_file';
import { verifierKey } from '../../transparency/notes/note';

/** The names in the folder of a run. */
const KEY_FILE = 'log-key.pem';
const POLICY_FILE = 'policy.txt';

/** How a run is proved. */
export interface Proofs {
  /** What the verifier is told to believe. */
  readonly policyFile: string;
  readonly serverSettings: Readonly<Record<string, string>>;
  /** Settings of every agency; {@link receiptsFolder} is one more. */
  readonly agencySettings: Readonly<Record<string, string>>;
}

/** Where an agency keeps its receipts. */
export function receiptsFolder(runFolder: string, agency: number): string {
  return join(runFolder, `receipts-agency-${agency}`);
}

/**
 * Makes the key that signs the log, and the policy.
 *
 * @throws the file system's error
 */
export async function makeProofs(runFolder: string): Promise<Proofs> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const origin = `lottery.localhost/${basename(runFolder)}`;
  const verifier = verifierKey(origin, createPublicKey(privateKey));
  const keyFile = join(runFolder, KEY_FILE);
  const policyFile = join(runFolder, POLICY_FILE);
  await writePrivateFile(keyFile, [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]);
  await writeWholeFile(policyFile, [`log ${verifier}\nquorum none\n`]);
  return {
    policyFile,
    serverSettings: {
      RECEIPTS: 'on',
      RECEIPTS_ORIGIN: origin,
      RECEIPTS_KEY: keyFile,
      RECEIPTS_POLICY: policyFile,
    },
    agencySettings: { CLI_RECEIPTS_LOG: verifier },
  };
}

/** The key of a lottery's log, and a policy that names nobody else. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { noteSigner } from '../../transparency/notes/note';

/** What a server signs its log with, and others check it by. */
export interface LogKey {
  readonly verifierKey: string;
  readonly policyFile: string;
  /** The settings of a server that gives receipts. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes a key and a policy in a folder, which is made where it is missing. */
export function makeLogKey(folder: string, origin = 'lottery.example/2026-12-22'): LogKey {
  mkdirSync(folder, { recursive: true });
  const { privateKey } = generateKeyPairSync('ed25519');
  const keyFile = join(folder, 'log-key.pem');
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const { verifierKey } = noteSigner(origin, privateKey);
  const policyFile = join(folder, 'policy.txt');
  writeFileSync(policyFile, `log ${verifierKey}\nquorum none\n`);
  const environment = {
    RECEIPTS: 'on',
    RECEIPTS_ORIGIN: origin,
    RECEIPTS_KEY: keyFile,
    RECEIPTS_POLICY: policyFile,
  };
  return { verifierKey, policyFile, environment };
}

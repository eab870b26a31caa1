/** What a run needs so that its draw can be checked: keys of its own, a policy, and settings that name them. */
import { createPublicKey, generateKeyPairSync, KeyObject } from 'node:crypto';
import { basename, join } from 'node:path';

import type { Clock } from '../../program/clock';
import { writePrivateFile, writeWholeFile } from '../../program/whole_file';
import { cosignerKey } from '../../transparency/notes/cosignature';
import { verifierKey } from '../../transparency/notes/note';
import { freePort } from '../free_port';
import { makeRunBeacon } from './run_beacon';

/** The names in the folder of a run. */
const LOG_KEY_FILE = 'log-key.pem';
const CONTROL_KEY_FILE = 'control-key.pem';
const POLICY_FILE = 'policy.txt';
const BEACON_FILE = 'beacon.json';

const CONTROL_NAME = 'control.localhost/run';
const HOST = '127.0.0.1';
/** The sale must be sealed so long before the round. */
const MARGIN_MS = 2_000;
/** A slow machine sells so many bytes of rows a second, once all programs have started. */
const START_MS = 13_000;
const ROWS_BYTES_PER_MS = 3_000;

/** How a run is proved. */
export interface Proofs {
  /** What the verifier is told to believe. */
  readonly policyFile: string;
  /** When the number is known, in milliseconds since 1970. */
  readonly numberAtMs: number;
  readonly serverSettings: Readonly<Record<string, string>>;
  readonly controlSettings: Readonly<Record<string, string>>;
  /** Settings of every agency; {@link receiptsFolder} is one more. */
  readonly agencySettings: Readonly<Record<string, string>>;
  /** Publishes the round that the number follows from, when it is due. @returns ends the waiting */
  publishBeacon(clock: Clock, onFailed: (error: unknown) => void): () => void;
}

/** Where an agency keeps its receipts. */
export function receiptsFolder(runFolder: string, agency: number): string {
  return join(runFolder, `receipts-agency-${agency}`);
}

/**
 * Makes the keys of the log and of the control, a beacon, and the policy.
 *
 * @param rowsBytes how long the agencies' files are in all
 * @throws the file system's error
 */
export async function makeProofs(runFolder: string, rowsBytes: number): Promise<Proofs> {
  const origin = `lottery.localhost/${basename(runFolder)}`;
  const logKeyFile = join(runFolder, LOG_KEY_FILE);
  const controlKeyFile = join(runFolder, CONTROL_KEY_FILE);
  const log = verifierKey(origin, await makeKey(logKeyFile));
  const control = cosignerKey(CONTROL_NAME, await makeKey(controlKeyFile));
  const dueAtMs = Date.now() + START_MS + MARGIN_MS + rowsBytes / ROWS_BYTES_PER_MS;
  const beacon = await makeRunBeacon(dueAtMs);
  const policyFile = join(runFolder, POLICY_FILE);
  const policy = [`log ${log}`, `witness control ${control}`, 'quorum control', beacon.policyLine, ''];
  await writeWholeFile(policyFile, [policy.join('\n')]);
  const httpPort = process.env['HTTP_PORT'] || String(await freePort());
  const controlPort = String(await freePort());
  const beaconFile = join(runFolder, BEACON_FILE);
  return {
    policyFile,
    numberAtMs: beacon.dueAtMs,
    serverSettings: {
      RECEIPTS: 'on',
      RECEIPTS_ORIGIN: origin,
      RECEIPTS_KEY: logKeyFile,
      RECEIPTS_POLICY: policyFile,
      DRAW_NUMBER: beacon.drawNumber,
      DRAW_MARGIN: `${MARGIN_MS}ms`,
      DRAW_BEACON_FILE: beaconFile,
      CONTROL_URL: `http://${HOST}:${controlPort}`,
      CONTROL_VERIFIER_KEY: control,
      HTTP_PORT: httpPort,
    },
    controlSettings: {
      CONTROL_SERVER_URL: `http://${HOST}:${httpPort}`,
      CONTROL_LOG: log,
      CONTROL_NAME,
      CONTROL_KEY: controlKeyFile,
      CONTROL_PORT: controlPort,
    },
    agencySettings: { CLI_RECEIPTS_LOG: log },
    publishBeacon: (clock, onFailed) => beacon.publish(beaconFile, clock, onFailed),
  };
}

/** Makes a signing key in a file. @returns its public half */
async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await writePrivateFile(file, [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]);
  return createPublicKey(privateKey);
}

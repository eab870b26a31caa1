/** What all simulated logs have in common: their names, keys and policy, and one round of drand that was published. */
import { createHash } from 'node:crypto';

import { Cosigner } from '../../../control/notes';
import type { Beacon } from '../../../transparency/draw/beacon';
import { CHAINS } from '../../../transparency/draw/testing/beacons';
import { noteSigner } from '../../../transparency/notes/note';
import { keyOfByte } from '../../../transparency/notes/testing/keys';

export const ORIGIN = 'lottery.example/simulated';
export const SIGNER = noteSigner(ORIGIN, keyOfByte(0x4c));
export const SALT_SECRET = Buffer.alloc(32, 7);

const CONTROL_NAME = 'control.example/simulated';
/** Signs as the control: the control itself, or, where a lie is to come as far as the verifier, whoever has stolen its key. */
export const CONTROL = new Cosigner(CONTROL_NAME, keyOfByte(0x49));
/** Signs under the control's name with another key. */
export const IMPOSTOR = new Cosigner(CONTROL_NAME, keyOfByte(0x59));

export const POLICY = Buffer.from(
  `log ${SIGNER.verifierKey}\nwitness control ${CONTROL.verifierKey}\nquorum control\n`,
);
export const POLICY_HASH = createHash('sha256').update(POLICY).digest();

const QUICKNET = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const ROUND = 1_000;
const [, signature] = CHAINS[0]!.rounds.find(([round]) => round === ROUND)!;
/** A round of quicknet, which was due at 1,692,806,364. */
export const BEACON: Beacon = { round: ROUND, signature: Buffer.from(signature, 'hex') };
export const DRAND = { kind: 'drand', chainHash: QUICKNET, round: ROUND } as const;
/** By when a log whose number comes from that round must be sealed, in seconds since 1970. */
export const CLOSE_AT_SECONDS = 1_692_806_304;

/**
 * A drand chain of a run's own, so that its draw can be played from end to end without a network and without waiting for
 * the world: its key is made for the run, its one round is published when it is due. Whoever plays the run could know the
 * round before; the policy, which names the chain, is what makes the verifier believe it.
 */
import { randomBytes } from 'node:crypto';

import type { Clock } from '../../program/clock';
import { writeWholeFile } from '../../program/whole_file';
import { Beacon, BeaconChain, firstRoundFrom, messageOf, roundSeconds } from '../../transparency/draw/beacon';
import { beaconText } from '../../transparency/draw/beacon_text';

const MS_PER_SECOND = 1_000;
const PERIOD_SECONDS = 1;
const NAME = 'run';
const GROUP_HASH_BYTES = 32;
const SEED_BYTES = 48;

/** The chain of a run, and the round that its number follows from. */
export interface RunBeacon {
  /** The line of the policy that names the chain. */
  readonly policyLine: string;
  /** The setting `DRAW_NUMBER`. */
  readonly drawNumber: string;
  /** When the round is due, in milliseconds since 1970. */
  readonly dueAtMs: number;
  /** Writes the round when it is due. @returns ends the waiting @throws nothing: a file that is missing is seen */
  publish(file: string, clock: Clock, onFailed: (error: unknown) => void): () => void;
}

/**
 * Makes a chain.
 *
 * @param dueAtMs when its round is due, at the earliest
 */
export async function makeRunBeacon(dueAtMs: number): Promise<RunBeacon> {
  const { bls12_381 } = await import('@noble/curves/bls12-381.js');
  const { shortSignatures } = bls12_381;
  const { secretKey, publicKey } = shortSignatures.keygen(randomBytes(SEED_BYTES));
  const chain: BeaconChain = {
    name: NAME,
    publicKey: Buffer.from(publicKey.toBytes()),
    periodSeconds: PERIOD_SECONDS,
    genesisSeconds: Math.floor(Date.now() / MS_PER_SECOND) - 1,
    groupHash: randomBytes(GROUP_HASH_BYTES),
    beaconId: NAME,
  };
  const round = firstRoundFrom(chain, dueAtMs / MS_PER_SECOND);
  const dueMs = roundSeconds(chain, round) * MS_PER_SECOND;
  const sign = (): Beacon => {
    const signature = shortSignatures.sign(messageOf(round, bls12_381), secretKey);
    return { round, signature: Buffer.from(signature.toBytes()) };
  };
  return {
    policyLine: policyLine(chain),
    drawNumber: `drand:${NAME}@${new Date(dueMs).toISOString().replace('.000Z', 'Z')}`,
    dueAtMs: dueMs,
    publish: (file, clock, onFailed) =>
      clock.after(Math.max(0, dueMs - Date.now()), () => {
        writeWholeFile(file, [beaconText(sign())]).catch(onFailed);
      }),
  };
}

function policyLine({
  name,
  publicKey,
  periodSeconds,
  genesisSeconds,
  groupHash,
  beaconId,
}: BeaconChain): string {
  const words = [publicKey.toString('hex'), periodSeconds, genesisSeconds, groupHash.toString('hex')];
  return ['beacon', name, ...words, beaconId].join(' ');
}

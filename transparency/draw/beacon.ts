/**
 * Rounds of a drand chain of the scheme bls-unchained-g1-rfc9380 (https://docs.drand.love): a public beacon whose value
 * of a round nobody can know before it is due, and everybody can check afterwards.
 */
import type { bls12_381 } from '@noble/curves/bls12-381.js';

import { sha256 } from '../tree/hash';

/** What checks BLS signatures: `@noble/curves`. It is handed in by who needs it, since it takes a while to load. */
export type Bls = Pick<typeof bls12_381, 'shortSignatures' | 'G2'>;

/** A chain. All of it is pinned by its hash: {@link chainHashOf}. */
export interface BeaconChain {
  readonly name: string;
  /** 96 bytes: a point of G2. */
  readonly publicKey: Buffer;
  readonly periodSeconds: number;
  /** When round 1 was due, in seconds since 1970. */
  readonly genesisSeconds: number;
  /** 32 bytes. */
  readonly groupHash: Buffer;
  readonly beaconId: string;
}

/** The value of a round. */
export interface Beacon {
  readonly round: number;
  /** 48 bytes: a point of G1. */
  readonly signature: Buffer;
}

/** The chain of the League of Entropy that is built in. */
export const QUICKNET: BeaconChain = {
  name: 'quicknet',
  publicKey: Buffer.from(
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451' +
      '0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
    'hex',
  ),
  periodSeconds: 3,
  genesisSeconds: 1_692_803_367,
  groupHash: Buffer.from('f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e', 'hex'),
  beaconId: 'quicknet',
};

/** How many bytes a public key and a signature have. */
export const PUBLIC_KEY_BYTES = 96;
export const SIGNATURE_BYTES = 48;

/** The domain of the signatures (RFC 9380). */
const DOMAIN = Buffer.from('BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
const PERIOD_AND_GENESIS_BYTES = 12;

/** The hash that names a chain, in hexadecimal: of its period, genesis, key, group and id. */
export function chainHashOf(chain: BeaconChain): string {
  const { publicKey, periodSeconds, genesisSeconds, groupHash, beaconId } = chain;
  const times = Buffer.alloc(PERIOD_AND_GENESIS_BYTES);
  times.writeUInt32BE(periodSeconds, 0);
  times.writeBigInt64BE(BigInt(genesisSeconds), 4);
  const id = Buffer.from(beaconId === 'default' ? '' : beaconId);
  return sha256(times, publicKey, groupHash, id).toString('hex');
}

/** When a round is due, in seconds since 1970. */
export function roundSeconds({ genesisSeconds, periodSeconds }: BeaconChain, round: number): number {
  return genesisSeconds + periodSeconds * (round - 1);
}

/** The first round that is due at a time or after it. @param seconds since 1970 */
export function firstRoundFrom({ genesisSeconds, periodSeconds }: BeaconChain, seconds: number): number {
  return Math.max(1, Math.ceil((seconds - genesisSeconds) / periodSeconds) + 1);
}

/** Whether a public key is a point that signatures can be checked with. */
export function isPublicKey(publicKey: Buffer, { G2 }: Bls): boolean {
  try {
    const point = G2.Point.fromBytes(publicKey);
    point.assertValidity();
    return !point.is0();
  } catch {
    return false;
  }
}

/** Whether a signature is that of its round under the key of a chain; false for whatever is no signature. */
export function isBeaconOf(chain: BeaconChain, { round, signature }: Beacon, bls: Bls): boolean {
  const { shortSignatures, G2 } = bls;
  try {
    const key = G2.Point.fromBytes(chain.publicKey);
    const point = shortSignatures.Signature.fromBytes(signature);
    // Both throw for what is not in the subgroup; the point at infinity would fit to everything.
    key.assertValidity();
    point.assertValidity();
    if (key.is0() || point.is0()) return false;
    return shortSignatures.verify(point, messageOf(round, bls), key);
  } catch {
    return false;
  }
}

/** What is signed for a round: a point of G1. */
export function messageOf(round: number, { shortSignatures }: Pick<Bls, 'shortSignatures'>) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  return shortSignatures.hash(sha256(number), DOMAIN);
}

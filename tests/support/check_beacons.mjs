/**
 * Checks rounds of beacons with the compiled code, since jest cannot load the library that it needs. On standard input a
 * list of `[public key in hexadecimal, round, signature in hexadecimal]`, on standard output a list of whether each is right.
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';

import { bls12_381 } from '@noble/curves/bls12-381.js';

import beacon from '../../dist/transparency/draw/beacon.js';

const rounds = JSON.parse(readFileSync(0, 'utf8'));
const results = rounds.map(([key, round, signature]) => {
  const chain = { ...beacon.QUICKNET, publicKey: Buffer.from(key, 'hex') };
  return beacon.isBeaconOf(chain, { round, signature: Buffer.from(signature, 'hex') }, bls12_381);
});
process.stdout.write(JSON.stringify(results));

/**
 * A drand chain of the tests' own (scheme bls-unchained-g1-rfc9380): `node sign_beacon.mjs SEED_BYTE [ROUND…]` prints its
 * public key, and for each round the signature, one a line, in hexadecimal.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

import { bls12_381 } from '@noble/curves/bls12-381.js';

const DOMAIN = Buffer.from('BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
const [seed, ...rounds] = process.argv.slice(2).map(Number);
const secret = Buffer.alloc(32, seed);
const { getPublicKey, hash, sign } = bls12_381.shortSignatures;
const hex = (point) => Buffer.from(point.toBytes(true)).toString('hex');

const lines = [hex(getPublicKey(secret))];
for (const round of rounds) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  lines.push(hex(sign(hash(createHash('sha256').update(number).digest(), DOMAIN), secret)));
}
process.stdout.write(`${lines.join('\n')}\n`);

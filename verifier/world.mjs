/** What all draws of the self-test share: one policy, and a drand chain of its own with what it signed. */
import { Buffer } from 'node:buffer';

import { bls12_381 } from '@noble/curves/bls12-381.js';

import { CONTROL_KEY, LOG_KEY, makeDraw, sha256 } from './draw_maker.mjs';

const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';
/** That of the chain "fastnet", which was retired since it was wrong. */
const OTHER_DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_';
const SECRET = Buffer.alloc(32, 0x2a);
const OTHER_SECRET = Buffer.alloc(32, 0x2b);
const ROUND = 1000;
const CHAIN = {
  periodSeconds: 3,
  genesisSeconds: 1_700_000_000,
  groupHash: sha256('a group of one').toString('hex'),
  beaconId: 'self-test',
};

function signRound(round, secret = SECRET, dst = DST) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  const { hash, sign } = bls12_381.shortSignatures;
  return Buffer.from(sign(hash(sha256(number), Buffer.from(dst)), secret).toBytes(true));
}

const publicKeyOf = (secret) =>
  Buffer.from(bls12_381.shortSignatures.getPublicKey(secret).toBytes(true)).toString('hex');

/**
 * @param {object} program the functions of verify.mjs
 * @returns what forgeries are made of: the policy, a plan of a true draw of each kind, signatures that do not fit
 */
export function makeWorld({ chainHashOf, drawNumber }) {
  const publicKey = publicKeyOf(SECRET);
  const { periodSeconds, genesisSeconds, groupHash, beaconId } = CHAIN;
  const policy =
    `# the policy of the self-test\nlog ${LOG_KEY.verifierKey}\nwitness control ${CONTROL_KEY.verifierKey}\n` +
    `quorum control\nbeacon own ${publicKey} ${periodSeconds} ${genesisSeconds} ${groupHash} ${beaconId}\n`;
  const drand = {
    kind: 'drand',
    chainHash: chainHashOf({ ...CHAIN, publicKey }),
    round: ROUND,
    closeSeconds: genesisSeconds + periodSeconds * (ROUND - 1) - 60,
    signature: signRound(ROUND),
  };
  const numbers = { fixed: { kind: 'fixed', number: 7574 }, entered: { kind: 'entered', number: 12 }, drand };
  const plan = (kind) => ({
    number: numbers[kind],
    policy: Buffer.from(policy),
    numberOf: (seed) => drawNumber(seed).number,
  });
  return {
    policy,
    plan,
    draw: (kind) => makeDraw(plan(kind)),
    otherPublicKey: publicKeyOf(OTHER_SECRET),
    signatures: {
      nextRound: signRound(ROUND + 1),
      otherKey: signRound(ROUND, OTHER_SECRET),
      otherDomain: signRound(ROUND, SECRET, OTHER_DST),
    },
  };
}

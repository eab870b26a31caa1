/** Rounds of drand, by what others have published of them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../../tests/support/built';
import { sha256 } from '../tree/hash';
import { chainHashOf, firstRoundFrom, QUICKNET, roundSeconds } from './beacon';
import { beaconText, BeaconTextError, chainsIn, parseBeacon } from './beacon_text';
import { numberOf, seedText } from './number';
import { CHAINS } from './testing/beacons';

const QUICKNET_HASH = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const [QUICK] = CHAINS;
const signatureOf = (round: number): string => QUICK!.rounds.find(([each]) => each === round)![1];

type Round = readonly [publicKey: string, round: number, signature: string];

function check(rounds: readonly Round[]): boolean[] {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'tests/support/check_beacons.mjs')], {
    input: JSON.stringify(rounds),
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as boolean[];
}

test('the chain hash of quicknet follows from its key, period, genesis, group and id', () => {
  expect(chainHashOf(QUICKNET)).toBe(QUICKNET_HASH);
  for (const changed of [{ periodSeconds: 4 }, { genesisSeconds: 1 }, { beaconId: 'default' }]) {
    expect(chainHashOf({ ...QUICKNET, ...changed })).not.toBe(QUICKNET_HASH);
  }
});

test('rounds are due one period after the other', () => {
  expect(roundSeconds(QUICKNET, 1)).toBe(1_692_803_367);
  // drand-rs names this time for round 1000.
  expect(roundSeconds(QUICKNET, 1_000)).toBe(Date.parse('2023-08-23T15:59:24Z') / 1_000);
  for (const round of [1, 2, 1_000, 30_662_982]) {
    const due = roundSeconds(QUICKNET, round);
    expect([due - 2, due - 0.001, due, due + 0.001].map((at) => firstRoundFrom(QUICKNET, at))).toEqual([
      ...[round, round, round],
      round + 1,
    ]);
  }
  expect(firstRoundFrom(QUICKNET, 0)).toBe(1);
});

test('published rounds are right, and nothing like them is', () => {
  const published = CHAINS.flatMap(({ publicKey, rounds }) =>
    rounds.map(([round, signature]): Round => [publicKey, round, signature]),
  );
  const key = QUICK!.publicKey;
  const infinity = `c0${'00'.repeat(47)}`;
  const wrong: Round[] = [
    [key, 1_001, signatureOf(1_000)],
    [CHAINS[1]!.publicKey, 1_000, signatureOf(1_000)],
    [key, 1_000, signatureOf(1_000).replace(/.$/, '8')],
    [key, 1_000, signatureOf(1_000).replace(/^b/, '9')],
    [key, 1_000, infinity],
    [key, 1_000, 'ff'.repeat(48)],
    [key, 1_000, signatureOf(1_000).slice(2)],
    [`c0${'00'.repeat(95)}`, 1_000, infinity],
    ['00'.repeat(96), 1_000, signatureOf(1_000)],
  ];
  expect(check([...published, ...wrong])).toEqual([...published.map(() => true), ...wrong.map(() => false)]);
  for (const { rounds } of CHAINS) {
    for (const [, signature, randomness] of rounds) {
      if (randomness === undefined) continue;
      expect(sha256(Buffer.from(signature, 'hex')).toString('hex')).toBe(randomness);
    }
  }
});

test.each([
  [1_000, 5_555, '90bfbfb3'],
  [123, 6_406, '9f327e06'],
  [30_662_982, 2_760, 'acbdb0f8'],
])('with round %d, a sealed checkpoint gives the number %d', (round, number, digest) => {
  const sealedText = 'lottery.example/2026-12-22\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n';
  const signature = Buffer.from(signatureOf(round), 'hex');
  const seed = sha256(Buffer.from(seedText({ sealedText, chainHash: QUICKNET_HASH, round, signature })));
  expect([numberOf(seed), seed.toString('hex', 0, 4)]).toEqual([number, digest]);
});

describe('what is written', () => {
  const beacon = { round: 1_000, signature: Buffer.from(signatureOf(1_000), 'hex') };
  const line = `beacon own ${QUICK!.publicKey} 3 1692803367 ${'00'.repeat(32)} own-id`;

  test('a round is read as relays give it, and as it is kept', () => {
    expect(parseBeacon(beaconText(beacon))).toEqual(beacon);
    const given = { round: 1_000, randomness: 'x', signature: signatureOf(1_000) };
    expect(parseBeacon(JSON.stringify(given))).toEqual(beacon);
  });

  test.each([
    ['', 'no JSON object'],
    ['[]', 'no JSON object'],
    ['null', 'no JSON object'],
    ['{}', '"round" is no number'],
    ['{"round":"1000","signature":"00"}', '"round" is no number'],
    ['{"round":1.5}', '"round" is no number'],
    ['{"round":1000,"signature":"00"}', '"signature" is not 96 hexadecimal digits'],
    ['{"round":1000,"signature":7}', '"signature" is not 96 hexadecimal digits'],
    [`{"round":1000,"more":"${'x'.repeat(5_000)}"}`, 'too long'],
  ])('%s is no round', (text, reason) => {
    expect(() => parseBeacon(text)).toThrow(BeaconTextError);
    expect(() => parseBeacon(text)).toThrow(reason);
  });

  test('a policy names chains beside quicknet', () => {
    expect([...chainsIn('log x\n# beacon y\n').keys()]).toEqual(['quicknet']);
    const chain = chainsIn(`quorum none\n${line}\n`).get('own');
    expect(chain).toMatchObject({ periodSeconds: 3, genesisSeconds: 1_692_803_367, beaconId: 'own-id' });
    expect(chain?.publicKey.toString('hex')).toBe(QUICK!.publicKey);
  });

  test.each([
    [`log x\n${line} more`, 'line 2: allowed is: beacon NAME PUBLICKEYHEX'],
    [line.replace(' 3 ', ' 0 '), 'line 1: allowed is: beacon NAME'],
    [line.replace('beacon own 83', 'beacon own '), 'line 1: allowed is: beacon NAME'],
    [line.replace('own ', 'quicknet '), 'line 1: the name quicknet is that of another chain'],
  ])('%.30s… is refused', (policy, reason) => {
    expect(() => chainsIn(policy)).toThrow(reason);
  });
});

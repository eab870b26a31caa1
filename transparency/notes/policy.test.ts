import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../tests/support/built';
import { Random } from '../../tools/random';
import { MAX_POLICY_BYTES, parsePolicy, Policy, PolicyError } from './policy';
import { anyKey, beaconLine, logKey, ORIGIN, slipped, WHOLE, witnessKey } from './testing/policies';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const SLIPS = 3_000;

const LOG = `log ${logKey(1)}`;
const CONTROL = `witness control ${witnessKey(3)}`;
const FIRST = `witness first ${witnessKey(4)}`;

const read = (...lines: readonly string[]): Policy => parsePolicy(Buffer.from(`${lines.join('\n')}\n`));

test('what a policy says is read', () => {
  expect(read(...WHOLE)).toMatchObject({
    logs: [1, 2].map((byte) => ({ name: ORIGIN, verifierKey: logKey(byte) })),
    witnesses: [3, 4, 5].map((byte) => ({ name: `w${byte}.example`, verifierKey: witnessKey(byte) })),
    quorum: 'both',
  });
});

/** Each row is a policy, and what must be said of it. */
const WRONG: readonly (readonly [what: string, policy: string | Buffer, reason: string])[] = [
  [
    'two quorums',
    `${LOG}\nquorum none\n${CONTROL}\nquorum control`,
    'line 4: it is a second line "quorum"; allowed is one',
  ],
  [
    'a kind that there is not',
    `${LOG}\nwitnes control x`,
    'line 2: "witnes" is wrong; allowed are log, witness, group, quorum, beacon',
  ],
  [
    'a kind that every object has',
    `${LOG}\nconstructor x\nquorum none`,
    'line 2: "constructor" is wrong; allowed are log',
  ],
  [
    'a quorum that is not defined',
    `${LOG}\n${CONTROL}\nquorum contrl`,
    'line 3: "contrl" is not defined above; allowed are',
  ],
  [
    'a quorum above its witness',
    `${LOG}\nquorum control\n${CONTROL}`,
    'line 2: "control" is not defined above',
  ],
  ['a quorum of two', `${LOG}\nquorum none none`, 'line 2: allowed is: quorum NAME, or quorum none'],
  ['no quorum', LOG, 'it has no line "quorum"; allowed is one, "quorum none"'],
  ['nothing', '', 'it names no log; allowed is a line log VERIFIER_KEY'],
  ['no log', `${CONTROL}\nquorum none`, 'it names no log'],
  ['a log without a key', 'log\nquorum none', 'line 1: allowed is: log VERIFIER_KEY [URL]'],
  ['a log with two URLs', `${LOG} a b\nquorum none`, 'line 1: allowed is: log VERIFIER_KEY [URL]'],
  [
    'a log twice',
    `${LOG}\n${LOG}\nquorum none`,
    'line 2: its public key stands above already; allowed is another',
  ],
  [
    'another log',
    `${LOG}\nlog ${logKey(2, 'other.example')}\nquorum none`,
    'line 2: it names a second log; allowed is one',
  ],
  [
    'a damaged key',
    `${LOG}\n${CONTROL.slice(0, -4)}AAAA\nquorum none`,
    'line 2: the key of "w3.example" is mistyped; allowed is one',
  ],
  [
    'half of a key',
    `${LOG}\n${CONTROL.slice(0, -4)}\nquorum none`,
    'line 2: the key of "w3.example" is of another type',
  ],
  [
    'a key in other base64',
    `${LOG}\nwitness w ${anyKey('w')}=\nquorum none`,
    'line 2: the key is malformed; allowed is NAME+ID+KEY',
  ],
  ['a key without a name', `${LOG}\nwitness w ${anyKey('')}\nquorum none`, 'line 2: the key is malformed'],
  [
    'a key named by a blank',
    `${LOG}\nwitness w ${anyKey('a\u00a0b')}\nquorum none`,
    'line 2: the key is malformed',
  ],
  [
    'a key named by a mark',
    `${LOG}\nwitness w ${anyKey('\ufeffb')}\nquorum none`,
    'line 2: the key is malformed',
  ],
  [
    'the key of a log as that of a witness',
    `${LOG}\nwitness w ${logKey(2)}\nquorum w`,
    'line 2: the key of "lottery.example/2026-12-22" is of another type; allowed is an Ed25519 key of type 4',
  ],
  [
    'the key of a witness as that of a log',
    `log ${witnessKey(2)}\nquorum none`,
    'line 1: the key of "w2.example" is of another type; allowed is an Ed25519 key of type 1',
  ],
  [
    'a key that is too long',
    `${LOG}\nwitness w ${anyKey('w', 4, 33)}\nquorum w`,
    'line 2: the key of "w" is of another type',
  ],
  [
    'a witness without a key',
    `${LOG}\nwitness w\nquorum none`,
    'line 2: allowed is: witness NAME VERIFIER_KEY [URL]',
  ],
  [
    'a name twice',
    `${LOG}\n${CONTROL}\nwitness control ${witnessKey(4)}\nquorum none`,
    'line 3: the name "control" is taken; allowed is another',
  ],
  ['the name none', `${LOG}\nwitness none ${witnessKey(4)}\nquorum none`, 'line 2: the name "none" is taken'],
  [
    'a witness twice',
    `${LOG}\n${CONTROL}\nwitness other ${witnessKey(3, 'other')}\nquorum none`,
    'line 3: its public key stands above already',
  ],
  [
    'a log that is its own witness',
    `${LOG}\nwitness w ${witnessKey(1)}\nquorum w`,
    'line 2: its public key stands above already',
  ],
  [
    'a group without members',
    `${LOG}\ngroup g any\nquorum none`,
    'line 2: allowed is: group NAME any|all|COUNT MEMBER...',
  ],
  [
    'a group of too few',
    `${LOG}\n${CONTROL}\ngroup g 2 control\nquorum g`,
    'line 3: "2" is wrong; allowed is any, all, or 1 to 1',
  ],
  [
    'a group of nobody',
    `${LOG}\n${CONTROL}\ngroup g 0 control\nquorum g`,
    'line 3: "0" is wrong; allowed is any, all, or 1 to 1',
  ],
  [
    'a threshold in another form',
    `${LOG}\n${CONTROL}\ngroup g 01 control\nquorum g`,
    'line 3: "01" is wrong',
  ],
  [
    'a threshold that every object has',
    `${LOG}\n${CONTROL}\ngroup g constructor control\nquorum g`,
    'line 3: "constructor" is wrong',
  ],
  ['a group with itself', `${LOG}\n${CONTROL}\ngroup g any g\nquorum g`, 'line 3: "g" is not defined above'],
  [
    'a member twice',
    `${LOG}\n${CONTROL}\ngroup g any control control\nquorum g`,
    'line 3: "control" is in a group already; allowed is one group',
  ],
  [
    'a member of two groups',
    `${LOG}\n${CONTROL}\ngroup g 1 control\ngroup h 1 control\nquorum g`,
    'line 4: "control" is in a group already',
  ],
  [
    'a group with the name of a witness',
    `${LOG}\n${CONTROL}\n${FIRST}\ngroup first 1 control\nquorum first`,
    'line 4: the name "first" is taken',
  ],
  [
    'a beacon that is cut',
    `${LOG}\nquorum none\nbeacon own 00 3 1 00 x`,
    'line 3: allowed is: beacon NAME PUBLICKEYHEX',
  ],
  ['a beacon with more', `${LOG}\nquorum none\n${beaconLine()} x`, 'line 3: allowed is: beacon NAME'],
  [
    'a beacon in capitals',
    `${LOG}\nquorum none\n${beaconLine({ group: 'C2D3'.repeat(16) })}`,
    'line 3: allowed is: beacon NAME',
  ],
  [
    'a beacon without a period',
    `${LOG}\nquorum none\n${beaconLine({ period: '0' })}`,
    'line 3: allowed is: beacon NAME',
  ],
  [
    'a beacon of too long a period',
    `${LOG}\nquorum none\n${beaconLine({ period: '2147483649' })}`,
    'line 3: allowed is',
  ],
  [
    'a beacon of too late a genesis',
    `${LOG}\nquorum none\n${beaconLine({ genesis: '1099511627777' })}`,
    'line 3: allowed is',
  ],
  [
    'lines of Windows',
    `${LOG}\r\nquorum none\r\n`,
    'line 1: it has a carriage return; allowed are tabs, and a line feed',
  ],
  [
    'a control character',
    `${LOG}\n# \u0000\nquorum none\n`,
    'line 2: it has a control character; allowed are tabs',
  ],
  ['a byte order mark', `\ufeff${LOG}\nquorum none\n`, 'line 1: "\ufefflog" is wrong'],
  [
    'Latin-1',
    Buffer.from(`${LOG}\n# cami\u00f3n\nquorum none`, 'latin1'),
    'line 2: it is not UTF-8; allowed is UTF-8 text',
  ],
  [
    'too many lines',
    `${LOG}\nquorum none${'\n'.repeat(999)}`,
    'line 1001: it is one too many; allowed are 1000',
  ],
];

const RIGHT: readonly (readonly [what: string, policy: string])[] = [
  ['a line of each kind', WHOLE.join('\n')],
  ['as many lines as are allowed', `${LOG}\nquorum none${'\n'.repeat(998)}`],
  ['blanks, tabs and remarks', `\n \t# x\n\t${LOG} \n#quorum\nquorum\tnone # x`.replace(' # x', '')],
  ['a remark of accents', `# cami\u00f3n \u{1f600}\n${LOG}\nquorum none\n`],
  ['groups that are not needed', `${LOG}\n${CONTROL}\n${FIRST}\ngroup g 1 control first\nquorum none`],
  ['names that every object has', `${LOG}\nwitness __proto__ ${witnessKey(3)}\nquorum __proto__`],
  ['a key under a name of control characters', `${LOG}\nwitness w ${anyKey('a\u0085b')}\nquorum w`],
  ['a key of the name of the log', `${LOG}\nwitness w ${witnessKey(3, ORIGIN)}\nquorum w`],
  ['two chains of one name', `${LOG}\nquorum none\n${beaconLine()}\n${beaconLine({ period: '4' })}`],
  ['a chain named quicknet', `${LOG}\nquorum none\n${beaconLine({ name: 'quicknet' })}`],
  [
    'the latest chain',
    `${LOG}\nquorum none\n${beaconLine({ genesis: '1099511627776', period: '2147483648' })}`,
  ],
];

/** What the verifier says of policies: `null` where it takes them. */
function judged(policies: readonly Buffer[]): readonly (string | null)[] {
  const input = JSON.stringify(policies.map((policy) => policy.toString('base64')));
  const program = join(ROOT, 'tests/support/judge_policies.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as (string | null)[];
}

function mistakeIn(policy: Buffer): string | null {
  try {
    parsePolicy(policy);
    return null;
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}

test.each(WRONG)('%s: refused in one line', (_, policy, reason) => {
  const mistake = mistakeIn(Buffer.from(policy));
  expect(mistake).toContain(reason);
  expect(mistake).not.toContain('\n');
});

test.each(RIGHT)('%s: taken', (_, policy) => {
  expect(mistakeIn(Buffer.from(policy))).toBeNull();
});

describe('the verifier', () => {
  test('takes the same policies', () => {
    const cases = [...WRONG, ...RIGHT].map(([what, policy]) => ({ what, policy: Buffer.from(policy) }));
    const verdicts = judged(cases.map(({ policy }) => policy));
    const told = cases.map(({ what }, index) => [what, verdicts[index] === null]);
    expect(told).toEqual(cases.map(({ what, policy }) => [what, mistakeIn(policy) === null]));
  });

  test(`takes the same of ${SLIPS} with slips, SEED=${SEED}`, () => {
    const random = new Random(SEED);
    const policies = Array.from({ length: SLIPS }, () => slipped(random));
    const verdicts = judged(policies);
    const others = policies
      .map((policy, index) => ({
        text: policy.toString(),
        ours: mistakeIn(policy),
        verifiers: verdicts[index],
      }))
      .filter(({ ours, verifiers }) => (ours === null) !== (verifiers === null));
    expect(others.slice(0, 3)).toEqual([]);
    // Both happen.
    expect(verdicts).toContain(null);
    expect(verdicts.filter((verdict) => verdict !== null).length).toBeGreaterThan(SLIPS / 10);
  });

  test('takes no file that is longer, either', () => {
    const folder = mkdtempSync(join(tmpdir(), 'policy-'));
    const start = `${LOG}\nquorum none\n#`;
    const policyOf = (bytes: number): Buffer => Buffer.from(start.padEnd(bytes, 'x'));
    const saidOf = (bytes: number): string => {
      writeFileSync(join(folder, 'policy'), policyOf(bytes));
      const words = [
        join(ROOT, 'verifier/verify.mjs'),
        '--policy',
        join(folder, 'policy'),
        '--bundle',
        'none',
      ];
      return spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' }).stderr;
    };
    expect(mistakeIn(policyOf(MAX_POLICY_BYTES))).toBeNull();
    expect(saidOf(MAX_POLICY_BYTES)).toMatch(/^none: is not a folder/);
    expect(mistakeIn(policyOf(MAX_POLICY_BYTES + 1))).toBe('it has 262145 bytes; allowed are 262144');
    expect(saidOf(MAX_POLICY_BYTES + 1)).toMatch(/policy: cannot be read: it is longer than 262144 bytes/);
    rmSync(folder, { recursive: true });
  });
});

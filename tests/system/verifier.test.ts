/** The verifier as a program: what it says of true, unfinished and forged draws, of mistakes, and of itself. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../support/built';

interface Outcome {
  readonly exit: number | null;
  readonly output: string;
  readonly errors: string;
}

const PROGRAM = join(ROOT, 'verifier/verify.mjs');

/** What was written before is copied: making it takes longer. */
const written = new Map<string, string>();
let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'verifier-'))));
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(() => written.forEach((copy) => rmSync(copy, { recursive: true })));

function run(...words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { exit: status, output: stdout, errors: stderr };
}

/** Writes a draw into the test's folder. */
function writeDraw(...words: readonly string[]): void {
  const name = words.join(' ');
  if (!written.has(name)) {
    const copy = mkdtempSync(join(tmpdir(), 'verifier-draw-'));
    written.set(name, copy);
    const maker = [join(ROOT, 'tests/support/write_draw.mjs'), copy, ...words];
    expect(spawnSync(process.execPath, maker, { encoding: 'utf8' }).stderr).toBe('');
  }
  cpSync(written.get(name) ?? '', folder, { recursive: true });
}

const PUBLISHED = ['--policy', 'policy.txt', '--bundle', 'draw'];
const OWN = ['--agency', '1', '--bets', 'bets.csv', '--receipts', 'receipts', '--winners', 'winners.txt'];

const checksIn = (output: string): string[] =>
  output.split('\n').flatMap((line) => /^([a-zA-Z]+) {2,}/.exec(line)?.[1] ?? []);

test('the self-test holds', () => {
  const { exit, output, errors } = run('--self-test');
  expect(output.split('\n').filter((line) => !line.startsWith('ok '))).toEqual([
    expect.stringMatching(/^All \d+ tests are as they must be\.$/),
    '',
  ]);
  // The vectors, and the attacks, are among them.
  expect(output).toContain('ok   vector     the draw from end to end, with the beacon of quicknet\n');
  for (const check of [
    'policy',
    'terms',
    'tree',
    'seal',
    'witnessed',
    'receipts',
    'bets',
    'beacon',
    'number',
    'winners',
  ]) {
    expect(output).toMatch(new RegExp(`^ok   ${check} +catches: `, 'm'));
  }
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
}, 300_000);

test.each(['fixed', 'entered', 'drand'])('a true draw is verified, number %s', (kind) => {
  writeDraw(kind);
  const own = run(...PUBLISHED, ...OWN);
  expect(own).toMatchObject({ exit: 0, errors: '' });
  expect(checksIn(own.output)).toEqual([
    'policy',
    'terms',
    'tree',
    'seal',
    'witnessed',
    'receipts',
    'bets',
    'beacon',
    'number',
    'winners',
    'VERIFIED',
  ]);
  // Without an agency's own, everybody can verify the rest.
  const all = run(...PUBLISHED);
  expect(all).toMatchObject({ exit: 0, errors: '' });
  expect(all.output).toMatch(/^VERIFIED +8 checks\. Not shown by this: [^\n]+\n$/m);
});

test.each([
  ['an open sale', '8', 'not sealed yet'],
  ['a seal without a result', '9', 'no result yet'],
])('%s is true as far as it goes', (_, events, reason) => {
  writeDraw('fixed', events);
  const { exit, output } = run(...PUBLISHED, ...OWN.slice(0, 6));
  expect(output).toMatch(new RegExp(`^TRUE AS FAR AS IT GOES: \\d checks hold, but ${reason}[^\n]*\n$`, 'm'));
  expect(exit).toBe(3);
});

describe('winners', () => {
  const judge = (told: string): Outcome => {
    writeFileSync(join(folder, 'winners.txt'), told);
    return run(...PUBLISHED, ...OWN);
  };
  const documents = (): string[] =>
    readFileSync(join(folder, 'winners.txt'), 'utf8').split('\n').filter(Boolean);
  const inJson = (agency: number, winners: readonly string[]): string => JSON.stringify({ agency, winners });

  test('are read as WIN has them, and as the HTTP door tells them', () => {
    writeDraw('fixed');
    const winners = documents();
    expect(winners.length).toBeGreaterThan(0);
    for (const told of [winners.join(), `${winners.join('\r\n')}\r\n`, `${inJson(1, winners)}\n`]) {
      const { exit, output } = judge(told);
      expect(output).toContain('equal to the file of winners');
      expect(exit).toBe(0);
    }
  });

  test.each<[string, (winners: readonly string[]) => string, string]>([
    ['one less', ([, ...more]) => inJson(1, more), 'are not those of your winning bets'],
    ['another agency', (winners) => inJson(2, winners), 'is not that of agency 1'],
    ['something else', () => '{"agency":1,"count":1}', 'is JSON, but not of the form'],
    ['half of it', (winners) => inJson(1, winners).slice(0, -1), 'is JSON, but not of the form'],
    ['nothing', () => '', 'are not those of your winning bets'],
  ])('that are wrong fail: %s', (_, forge, reason) => {
    writeDraw('fixed');
    const { exit, output } = judge(forge(documents()));
    expect(output).toMatch(new RegExp(`\nFAILED: winners: [^\n]*${reason}[^\n]*\n$`));
    expect(exit).toBe(1);
  });
});

test('a policy other than that of leaf 0 fails, although it asks for less', () => {
  writeDraw('fixed');
  writeFileSync(
    join(folder, 'own.txt'),
    readFileSync(join(folder, 'policy.txt'), 'utf8').replace('quorum control', 'quorum none'),
  );
  const { exit, output } = run('--policy', 'own.txt', '--bundle', 'draw');
  expect([exit, output]).toEqual([
    1,
    'FAILED: policy: leaf 0 names another policy than the one that you gave\n',
  ]);
});

test('a forged draw fails with the first check that does not hold', () => {
  writeDraw('fixed');
  appendFileSync(join(folder, 'draw/seal/numbers'), '9999 1\n');
  const { exit, output, errors } = run(...PUBLISHED, ...OWN);
  expect({ exit, errors }).toEqual({ exit: 1, errors: '' });
  expect(output).toMatch(/\nFAILED: seal: seal\/numbers is not the table whose hash is in the tree\n$/);
});

test('a file of the bundle that is missing is told', () => {
  writeDraw('fixed');
  rmSync(join(folder, 'draw/seal/agencies'));
  expect(run(...PUBLISHED)).toMatchObject({
    exit: 1,
    output: expect.stringMatching(/\nFAILED: seal: seal\/agencies is missing\n$/) as string,
  });
});

test('two trees of one size are evidence', () => {
  writeDraw('fixed');
  const judge = (one: string, other: string): Outcome =>
    run('--policy', 'policy.txt', '--evidence', one, other);
  const forked = judge('one.note', 'other.note');
  expect(forked.output).toMatch(/^FAILED: evidence: \S+ has forked: it signed two trees of 4 leaves\n/);
  expect(forked.exit).toBe(1);
  const same = judge('one.note', 'one.note');
  expect(same).toMatchObject({ exit: 3, output: expect.stringContaining('prove nothing') as string });
});

describe('mistakes are told in one line', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['nothing', [], /^--policy is missing: a bundle that brings its own keys proves nothing/],
    ['no policy', ['--bundle', 'draw'], /^--policy is missing/],
    ['no bundle', ['--policy', 'policy.txt'], /^--bundle or --evidence is missing/],
    ['an option that there is not', ['--polcy', 'x'], /^--polcy: there is no such option/],
    ['an option without its word', ['--policy', '--bundle', 'draw'], /^--policy needs 1 word/],
    ['a policy that is not there', ['--policy', 'none', '--bundle', 'draw'], /^none: cannot be read: /],
    ['a policy of another form', ['--policy', 'bets.csv', '--bundle', 'draw'], /^bets\.csv: /],
    [
      'a folder that is no bundle',
      ['--policy', 'policy.txt', '--bundle', 'receipts'],
      /^receipts: is no bundle/,
    ],
    ['a bundle that is not there', ['--policy', 'policy.txt', '--bundle', 'none'], /^none: is not a folder/],
    ['bets of nobody', [...PUBLISHED, '--bets', 'bets.csv'], /^--bets needs --agency/],
    ['an agency without bets', [...PUBLISHED, '--agency', '1'], /^--agency needs --bets/],
    [
      'no agency',
      [...PUBLISHED, '--agency', 'x', '--bets', 'bets.csv'],
      /^--agency: allowed is a number from 1 /,
    ],
    ['bets that are not there', [...PUBLISHED, '--agency', '1', '--bets', 'none'], /^none: cannot be read: /],
    ['a device', ['--policy', '/dev/zero', '--bundle', 'draw'], /^\/dev\/zero: .* not a regular file/],
    [
      'bets without end',
      [...PUBLISHED, '--agency', '1', '--bets', '/dev/zero'],
      /^\/dev\/zero: .* not a regular file/,
    ],
    ['a pipe', ['--policy', 'policy.txt', '--evidence', 'pipe', 'one.note'], /^pipe: .* not a regular file/],
    ['a long note', ['--policy', 'policy.txt', '--evidence', 'long', 'one.note'], /longer than 262144/],
    ['the same twice', [...PUBLISHED, '--bundle', 'draw'], /^--bundle is given twice/],
  ])('%s', (_, words, reason) => {
    writeDraw('fixed');
    writeFileSync(join(folder, 'long'), Buffer.alloc(262_145));
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    const { exit, output, errors } = run(...words);
    expect({ exit, output }).toEqual({ exit: 2, output: '' });
    expect(errors).toMatch(reason);
    expect(errors).toMatch(/^[^\n]+\n$/);
  });

  test.each([
    ['quorum nobody', /^p: line 3: nobody is not defined above\n$/],
    ['witness control x', /^p: line 3: a key is not of the form/],
    ['quorum control\nquorum control', /^p: line 4: there is a line "quorum" already\n$/],
    ['group all 1 control\ngroup b 1 control', /^p: line 4: control is in a group already\n$/],
    ['group g 2 control\nquorum g', /^p: line 3: "2" is not any, all or 1 to 1\n$/],
    ['wintess x y', /^p: line 3: "wintess" is none of log, witness, group, quorum and beacon\n$/],
    ['beacon own 00 3 1 00 x', /^p: line 3: allowed is: beacon NAME /],
    ['', /^p: it has no line "quorum"/],
  ])('a policy with %j', (lines, reason) => {
    writeDraw('fixed');
    const policy = readFileSync(join(folder, 'policy.txt'), 'utf8').split('\n').slice(1, 3);
    writeFileSync(join(folder, 'p'), `${policy.join('\n')}\n${lines}\n`);
    const { exit, output, errors } = run('--policy', 'p', '--bundle', 'draw');
    expect({ exit, output }).toEqual({ exit: 2, output: '' });
    expect(errors).toMatch(reason);
  });
});

/** `.ci/run`, in a copy where npm, Docker and the user only seem to be there. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** What the script needs of any machine. */
const ORDINARY = ['bash', 'cat', 'dirname', 'mktemp', 'node', 'rm', 'sh', 'timeout'];
const OUTCOME = JSON.stringify({ test: 'it works', status: 'passed' });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ci-run-'));
  for (const name of ['bin', 'tmp', 'repository']) mkdirSync(join(folder, name));
  cpSync(join(ROOT, '.ci'), join(folder, 'repository', '.ci'), { recursive: true });
  cpSync(join(ROOT, 'tests', 'support'), join(folder, 'repository', 'tests', 'support'), { recursive: true });
  command(
    'npm',
    `if [ "$1" = test ]; then
      echo '${OUTCOME}' >>"$TEST_TALLY"
      for name in DOCKER CHROMIUM POSTGRES REDIS GO; do eval "[ -z \\"\\$REQUIRE_$name\\" ] || echo $name"; done >'${join(folder, 'required')}'
    fi`,
  );
  command('id', 'echo 1000');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function command(name: string, script: string): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** The machine has nothing but what is ordinary. */
function useBareMachine(): void {
  for (const name of ORDINARY) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), join(folder, 'bin', name));
  }
}

/** @param path where programs are, besides those that only seem to be there */
function run(path = process.env['PATH'] ?? ''): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync('bash', [join(folder, 'repository', '.ci', 'run')], {
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${path}`,
      TMPDIR: join(folder, 'tmp'),
      CHROMIUM: join(folder, 'chromium'),
      GO_SOURCES: join(folder, 'gocode'),
    },
  });
  return { status, lines: stdout.split('\n').slice(0, -1) };
}

/** What the tests were told to require. */
const required = (): string[] => readFileSync(join(folder, 'required'), 'utf8').split('\n').slice(0, -1);

const about = (what: string, lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('lacks: ') && line.includes(what));

test('what the machine lacks is said in a line at the beginning and at the end, with what to do', () => {
  command('docker', 'exit 1');
  useBareMachine();
  const { status, lines } = run('');
  expect(about('Chromium', lines)).toEqual([
    expect.stringMatching(/^== lacks: .*apt-get install chromium/),
    expect.stringMatching(/^== not everything was run; lacks: .*apt-get install chromium/),
  ]);
  expect(about('container engine', lines)).toEqual([
    expect.stringMatching(/^== lacks: .*install Docker Engine/),
    expect.stringMatching(/^== not everything was run; lacks: .*install Docker Engine/),
  ]);
  expect(about('Redis', lines)).toEqual([
    expect.stringMatching(/^== lacks: .*apt-get install redis-server/),
    expect.stringMatching(/^== not everything was run; lacks: .*apt-get install redis-server/),
  ]);
  expect(about('Go', lines)).toEqual([
    expect.stringMatching(/^== lacks: .*apt-get install golang-go golang-golang-x-mod-dev/),
    expect.stringMatching(/^== not everything was run; lacks: .*apt-get install golang-go/),
  ]);
  for (const name of ['DOCKER', 'CHROMIUM', 'REDIS', 'GO']) expect(required()).not.toContain(name);
  expect(lines.filter((line) => line.startsWith('== npm'))).toEqual([
    '== npm ci',
    '== npm run lint',
    '== npm run typecheck',
    '== npm test',
    '== npm run bench -- --quick',
  ]);
  expect(lines.at(-1)).toBe('tests: 1 passed, 0 failed, 0 skipped');
  expect(status).toBe(1);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

test('nothing is said of what is there', () => {
  command('docker', 'exit 0');
  command('initdb', 'exit 0');
  command('redis-server', 'exit 0');
  writeFileSync(join(folder, 'chromium'), '');
  command('go', 'exit 0');
  mkdirSync(join(folder, 'gocode/src/golang.org/x/mod/sumdb'), { recursive: true });
  const { status, lines } = run();
  expect(lines.filter((line) => line.includes('lacks'))).toEqual([]);
  expect(required()).toEqual(['DOCKER', 'CHROMIUM', 'POSTGRES', 'REDIS', 'GO']);
  expect(status).toBe(0);
});

test.each(['ci', 'run typecheck', 'run lint', 'test'])(
  'the output of npm %s is there, and its failure',
  (words) => {
    command('docker', 'exit 0');
    command('npm', `if [ "$*" = '${words}' ]; then echo what it says; exit 3; fi`);
    const { status, lines } = run();
    const begin = lines.indexOf(`== npm ${words}`);
    expect(lines.slice(begin, begin + 3)).toEqual([
      `== npm ${words}`,
      'what it says',
      `== failed: npm ${words}`,
    ]);
    expect(lines.filter((line) => line.startsWith('== failed'))).toHaveLength(1);
    expect(status).toBe(1);
  },
);

test('a run of tests that does not end is ended, and has failed', () => {
  command('docker', 'exit 0');
  command('initdb', 'exit 0');
  command('redis-server', 'exit 0');
  writeFileSync(join(folder, 'chromium'), '');
  command('timeout', '[ "$2 $3 $4" = "40m npm test" ] && exit 124; shift 2; exec "$@"');
  const { status, lines } = run();
  expect(lines.filter((line) => line.startsWith('== failed'))).toEqual(['== failed: npm test']);
  expect(status).toBe(1);
});

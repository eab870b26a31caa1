import { spawnSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../tests/support/built';
import { describeUnless } from '../../tests/support/skipping';
import { COMPOSE_FILE_NAME, composeFile } from './compose_file';
import { keyOwnerOf } from './key_owner';

const describeAsRoot = describeUnless(
  process.getuid?.() === 0 ? undefined : 'needs root: run the tests as it',
);

describe('the command', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'compose_maker-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...programArguments: string[]) => runAs(undefined, ...programArguments);
  const runAs = (uid: number | undefined, ...programArguments: string[]) =>
    spawnSync(
      process.execPath,
      [require.resolve('ts-node/dist/bin-transpile'), join(ROOT, 'compose_maker.ts'), ...programArguments],
      {
        cwd: folder,
        encoding: 'utf8',
        ...(uid !== undefined && { uid, gid: uid }),
        env: { ...process.env, TS_NODE_COMPILER_OPTIONS: JSON.stringify({ rootDir: ROOT }) },
      },
    );

  test('writes the file, after naming the data that is missing', () => {
    mkdirSync(join(folder, '.data', 'agency-4.csv'), { recursive: true });
    writeFileSync(join(folder, '.data', 'agency-2.csv'), '');
    const { status, stderr, stdout } = run('4');
    expect(stderr).toBe(
      'compose_maker: removed: .data/agency-4.csv: an empty folder, as Docker made it for a missing file\n' +
        'compose_maker: missing: .data/agency-1.csv, .data/agency-3.csv to .data/agency-4.csv; ' +
        '`npm run data -- --agencies 4 --missing` makes them and leaves the others as they are\n',
    );
    expect(readdirSync(join(folder, '.data'))).toEqual(['agency-2.csv']);
    expect(stdout).toBe(`${COMPOSE_FILE_NAME}: server, clients: 4\n`);
    expect(status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['.data', COMPOSE_FILE_NAME]);
    expect(readFileSync(join(folder, COMPOSE_FILE_NAME), 'utf8')).toBe(composeFile(4));
  });

  test('names what is in the way of a file, and leaves it', () => {
    mkdirSync(join(folder, '.data', 'agency-1.csv', 'kept'), { recursive: true });
    const { status, stderr } = run('1');
    expect(stderr).toBe('compose_maker: no file, and in the way of one: .data/agency-1.csv\n');
    expect(status).toBe(0);
    expect(readdirSync(join(folder, '.data', 'agency-1.csv'))).toEqual(['kept']);
  });

  test.each([
    [[], 'postgres'],
    [['--ledger', 'redis'], 'redis'],
  ] as const)('writes the file for several servers, with %j', (words, ledger) => {
    const { status, stdout } = run('--servers', '3', '2', ...words);
    expect(stdout).toBe(`${COMPOSE_FILE_NAME}: database (${ledger}), servers: 3, balancer, clients: 2\n`);
    expect(status).toBe(0);
    expect(readFileSync(join(folder, COMPOSE_FILE_NAME), 'utf8')).toBe(composeFile(2, 3, ledger));
  });

  test.each([
    [[], undefined, 'server, control, clients: 2'],
    [['--servers', '3'], 3, 'database (postgres), servers: 3, balancer, control, clients: 2'],
  ])('writes the file with the internal control, with %j', (words, servers, said) => {
    const { status, stdout } = run('2', '--control', ...words);
    expect(stdout).toBe(`${COMPOSE_FILE_NAME}: ${said}\n`);
    expect(status).toBe(0);
    const text = composeFile(2, servers, undefined, undefined, true);
    expect(readFileSync(join(folder, COMPOSE_FILE_NAME), 'utf8')).toBe(text);
  });

  test('with --tls, makes the certificates that are missing, and leaves those that are there', () => {
    const first = run('1', '--tls');
    expect(first.stdout).toBe(
      '.certificates: made: ca, server, agency-1, operator, auditor\n' +
        `${COMPOSE_FILE_NAME}: server, clients: 1, mutual TLS\n`,
    );
    expect(first.status).toBe(0);
    const file = (name: string): string => readFileSync(join(folder, '.certificates', name), 'utf8');
    const before = file('agency-1.pem');
    const again = run('2', '--tls');
    expect(again.stdout).toMatch(/^\.certificates: made: agency-2\n/);
    expect(file('agency-1.pem')).toBe(before);
    const keyOwner = keyOwnerOf(process.getuid?.());
    const text = composeFile(2, undefined, undefined, { keyOwner });
    expect(readFileSync(join(folder, COMPOSE_FILE_NAME), 'utf8')).toBe(text);
    const keys = [...text.matchAll(/source: (\.\/\.certificates\/.*-key\.pem)/g)].map(
      ([, path = '']) => path,
    );
    expect(keys).toHaveLength(3);
    for (const path of keys) {
      const { mode, uid } = statSync(join(folder, path));
      expect([path, mode & 0o777, uid]).toEqual([path, 0o600, keyOwner ?? 1000]);
    }
  });

  describeAsRoot('where another user has made certificates', () => {
    test('ends with one line and exit 2 for a user who cannot read them, and writes nothing', () => {
      expect(run('1', '--tls').status).toBe(0);
      rmSync(join(folder, COMPOSE_FILE_NAME));
      chownSync(folder, 1001, 1001);
      const { status, stderr } = runAs(1001, '1', '--tls');
      expect(stderr.split('\n').slice(-2)).toEqual([
        'compose_maker: .certificates belongs to user 0, and this is user 1001: ' +
          'run it as root, or first `sudo chown -R 1001 .certificates`',
        '',
      ]);
      expect(status).toBe(2);
      expect(readdirSync(folder)).toEqual(['.certificates']);
    });

    test('makes them anew for the containers as root', () => {
      chownSync(folder, 1001, 1001);
      expect(runAs(1001, '1', '--tls')).toMatchObject({ status: 0 });
      expect(readFileSync(join(folder, COMPOSE_FILE_NAME), 'utf8')).toContain("user: '1001:0'");
      expect(run('1', '--tls')).toMatchObject({ status: 0 });
      expect(statSync(join(folder, '.certificates', 'agency-1-key.pem')).uid).toBe(1000);
      expect(readFileSync(join(folder, COMPOSE_FILE_NAME), 'utf8')).not.toContain('user:');
    });
  });

  test('says that AGENCIES is left alone where there are no clients', () => {
    const { status, stderr, stdout } = run('0');
    expect(stderr).toBe('');
    expect(stdout).toContain('AGENCIES stays what server/config.ini says');
    expect(status).toBe(0);
  });

  test.each([[['--servers', '2', '--ledger', 'sqlite'], /^compose_maker: --ledger sqlite: .*\n$/]])(
    'answers the mistake %j with one line and exit 2, and writes nothing',
    (words, line) => {
      const { status, stderr, stdout } = run(...words);
      expect(stderr).toMatch(line);
      expect(stdout).toBe('');
      expect(status).toBe(2);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test.each([
    [['many'], '"many": allowed is one number of clients, 0 to 1000'],
    [['2', 'x', '--tls'], '"2 x": allowed is one number of clients, 0 to 1000'],
    [
      ['--server', '3'],
      "Unknown option '--server': allowed are N, --servers M, --ledger LEDGER, --tls and --control",
    ],
    [['-1'], "Unknown option '-1': allowed are N, --servers M, --ledger LEDGER, --tls and --control"],
    [['--servers', '17'], '--servers "17": allowed is how many servers, 1 to 16'],
    [['--ledger', 'my\nsql'], '--ledger "my\\nsql": allowed are sqlite, postgres and redis'],
  ])('names the word in %j and what is allowed, before the usage, and writes nothing', (words, line) => {
    const { status, stderr, stdout } = run(...words);
    const [first, second, ...more] = stderr.split('\n');
    expect(first).toBe(`compose_maker: ${line}`);
    expect(second).toMatch(/^usage: npx ts-node compose_maker\.ts /);
    expect(more).toEqual(['']);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([['--help'], ['-h'], ['5', '-h']])('explains itself with %j', (...words) => {
    const { status, stderr, stdout } = run(...words);
    expect(stdout).toMatch(/^usage: [^]*\nfor example: npx ts-node compose_maker\.ts 5 --servers 3\n$/);
    expect(readdirSync(folder)).toEqual([]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('answers a file that cannot be written with one line and exit 1, and leaves nothing behind', () => {
    mkdirSync(join(folder, COMPOSE_FILE_NAME));
    const { status, stderr } = run('0');
    expect(stderr).toMatch(/^compose_maker: docker-compose-dev\.yaml was not written: .*\n$/);
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual([COMPOSE_FILE_NAME]);
  });
});

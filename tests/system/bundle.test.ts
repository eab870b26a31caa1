/** The agency from one file: it does what it does module by module, and its code cache is never needed or trusted. */
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Authority } from '../support/certificates';
import { DIST, ROOT } from '../support/built';
import { mutualTlsSettings } from '../support/mutual_tls';
import { Program, Stage, tlsPortOf } from '../support/programs';
import { EndedProgram, runToEnd, stackWithSourceMaps } from '../support/run_program';

const BUNDLED = 'bundled/client/main.js';
const PLAIN = 'client/main.js';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

/** A file of bets of which two win, one of them on a line with quotes. */
function betsFile(): string {
  const file = stage.path('bets.csv');
  writeFileSync(
    file,
    'Ana,Paz,1001,1990-01-01,7574\nEva,"Sol",1002,1990-01-01,7574\nLeo,Rey,1003,1990-01-01,1\n',
  );
  return file;
}

function settings(port: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    CLI_ID: '1',
    CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
    CLI_DATA_FILE: betsFile(),
    CLI_DATA_WINNERSFILE: stage.path('winners.txt'),
    ...more,
  };
}

/** A copy of the bundle, to be spoilt. @returns its program */
function copyBundle(): string {
  const copy = stage.path('dist/bundled/client');
  cpSync(join(DIST, 'bundled', 'client'), copy, { recursive: true });
  return join(copy, 'main.js');
}

async function expectWinners(agency: Program): Promise<void> {
  expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
  expect(agency.output).toContain('cant_ganadores: 2');
  expect(readFileSync(stage.path('winners.txt'), 'utf8')).toBe('1001\n1002\n');
}

test('sends its bets and gets its winners, and so does one without its packages at hand', async () => {
  const { port } = await stage.startServer({ AGENCIES: '1' });
  await expectWinners(stage.run(BUNDLED, settings(port)));
  // A server that has held its draw answers whoever asks again.
  const copy = runToEnd([copyBundle(), join(ROOT, 'client', 'config.yaml')], settings(port));
  expect(copy).toMatchObject({ status: 0, stderr: '' });
});

test('its code cache is of this program, and V8 takes it', () => {
  const check = `
    const vm = require('node:vm');
    vm.Script = class extends vm.Script {
      constructor(source, options) {
        super(source, options);
        process.stderr.write(String(options.cachedData !== undefined && !this.cachedDataRejected));
      }
    };`;
  const hook = stage.path('hook.cjs');
  writeFileSync(hook, check);
  const isTaken = (program: string, ...words: string[]): string =>
    runToEnd(['--require', hook, ...words, program, '--help']).stderr;
  expect(isTaken(join(DIST, BUNDLED))).toBe('true');
  // With other flags it would be rejected: nothing goes wrong.
  expect(isTaken(join(DIST, BUNDLED), '--no-lazy')).toBe('false');
});

describe('with a code cache that', () => {
  const cases: [string, (file: string) => void][] = [
    ['is missing', (file) => rmSync(file)],
    ['is empty', (file) => writeFileSync(file, '')],
    ['is cut short', (file) => writeFileSync(file, readFileSync(file).subarray(0, 100_000))],
    ['is damaged in the middle', (file) => writeFileSync(file, withOtherByte(readFileSync(file)))],
    [
      'is of another program of the same length',
      (file) => {
        const program = file.replace(/\.cache$/, '.js');
        const text = readFileSync(program, 'utf8');
        const other = text.replace('Runs an agency of the lottery', 'Runs an agency of THE LOTTERY');
        expect(other).not.toBe(text);
        writeFileSync(program, other);
      },
    ],
  ];
  test.each(cases)('%s it runs, and what its program says counts', async (what, spoil) => {
    const main = copyBundle();
    spoil(join(main, '..', 'program.cache'));
    const help = runToEnd([main, '--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout.includes('THE LOTTERY')).toBe(what.includes('another program'));
    const { port } = await stage.startServer({ AGENCIES: '1' });
    const sold = runToEnd([main, join(ROOT, 'client', 'config.yaml')], settings(port));
    expect(sold).toMatchObject({ status: 0, stderr: '' });
  });
});

function withOtherByte(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  bytes[middle]! ^= 1;
  return bytes;
}

test.each([
  ['--help', ['--help'], {}],
  ['two files', ['a', 'b'], {}],
  ['a file that is not there', ['nowhere.yaml'], {}],
  ['a wrong setting', [], { CLI_ID: 'one' }],
  ['a wrong key of a log', [], { CLI_ID: '1', CLI_RECEIPTS_LOG: 'none' }],
  ['a certificate that is not there', [], { CLI_ID: '1', CLI_SERVER_TLS_CA: 'nowhere.pem' }],
] as [string, string[], Record<string, string>][])(
  'says of %s what it says module by module',
  (_, words, environment) => {
    const plain = runToEnd([join(DIST, PLAIN), ...words], environment);
    expect(runToEnd([join(DIST, BUNDLED), ...words], environment)).toEqual(plain);
    expect(plain.stderr.split('\n').length).toBeLessThanOrEqual(2);
  },
);

test.each([PLAIN, BUNDLED])('%s is ended by SIGTERM with 0 while it waits for the draw', async (program) => {
  const { server, port } = await stage.startServer({ AGENCIES: '2' });
  const agency = stage.run(program, settings(port));
  await server.untilOutput(/action: receive_fin/);
  agency.signal('SIGTERM');
  expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
  expect(agency.output).toContain('signal: SIGTERM');
});

test('loads TLS only where it is wanted', async () => {
  const hook = stage.path('hook.cjs');
  writeFileSync(
    hook,
    `const load = require('node:module')._load;
    require('node:module')._load = (name, ...more) => {
      if (/^(node:)?(net|tls)$/.test(name)) console.error(name);
      return load(name, ...more);
    };`,
  );
  const { port } = await stage.startServer({ AGENCIES: '1' });
  const agency = stage.run(BUNDLED, settings(port, { NODE_OPTIONS: `--require ${JSON.stringify(hook)}` }));
  expect(await agency.exit).toBe(0);
  expect([...new Set(agency.errors.split('\n'))]).toEqual(['node:net', '']);
});

test('speaks TLS', async () => {
  const authority = await Authority.make(stage.folder, 'ca');
  const server = stage.run('server/main.js', {
    SERVER_PORT: 'off',
    SERVER_TLS_PORT: '0',
    SERVER_TLS_ADDRESS: '127.0.0.1',
    ...(await mutualTlsSettings(authority)),
    DATA_DIR: stage.path('ledger'),
    AGENCIES: '1',
  });
  const port = await tlsPortOf(server);
  const own = await authority.sign({ uri: 'lottery:agency-1' });
  const agency = stage.run(
    BUNDLED,
    settings(port, {
      CLI_SERVER_ADDRESS: `localhost:${port}`,
      CLI_SERVER_TLS_CA: authority.certificate,
      CLI_SERVER_TLS_CERT: own.certificate,
      CLI_SERVER_TLS_KEY: own.key,
    }),
  );
  await expectWinners(agency);
});

test('with --enable-source-maps the stack of an error names the TypeScript', () => {
  expect(stackWithSourceMaps(stage, join(DIST, BUNDLED))).toMatch(/\/program\/signals\.ts:\d+:\d+/);
});

describe('the build', () => {
  const bundle = (environment: Readonly<Record<string, string>> = {}): EndedProgram =>
    runToEnd([join(ROOT, 'tools', 'bundle', 'bundle.mjs'), stage.path('bundled'), 'client'], environment);
  const fileOf = (name: string): string => stage.path(`bundled/client/${name}`);
  const identities = (): number[] =>
    ['main.js', 'program.js', 'program.cache'].map((name) => statSync(fileOf(name)).ino);
  const DONE = { status: 0, stdout: '', stderr: '' };

  test('leaves what is up to date, and makes again what is not whole', () => {
    expect(bundle()).toEqual(DONE);
    const before = identities();
    expect(bundle()).toEqual(DONE);
    expect(identities()).toEqual(before);
    writeFileSync(fileOf('program.js'), '');
    expect(bundle()).toEqual(DONE);
    expect(statSync(fileOf('program.js')).size).toBeGreaterThan(0);
    const stamp = JSON.parse(readFileSync(stage.path('bundled/client.json'), 'utf8')) as { digest: string };
    writeFileSync(
      stage.path('bundled/client.json'),
      JSON.stringify({ ...stamp, digest: 'of other sources' }),
    );
    const now = identities();
    expect(bundle()).toEqual(DONE);
    expect(identities()).not.toEqual(now);
  });

  test('holds the licences of what is in it', () => {
    expect(bundle()).toEqual(DONE);
    const text = readFileSync(fileOf('LICENSES.txt'), 'utf8');
    for (const name of ['csv-parse', 'pino', 'yaml', 'zod'])
      expect(text).toMatch(new RegExp(`^${name} \\d.*\\)$`, 'm'));
  });

  test('goes on without a cache, and says so, where an agency cannot reach a server on this machine', () => {
    const hook = stage.path('hook.cjs');
    writeFileSync(
      hook,
      `require('node:net').Server.prototype.listen = function () {
        process.nextTick(() => this.emit('error', new Error('no loopback')));
      };`,
    );
    const without = { NODE_OPTIONS: `--require ${JSON.stringify(hook)}` };
    const told = { ...DONE, stderr: 'agencies will start more slowly, without a code cache: no loopback\n' };
    expect(bundle(without)).toEqual(told);
    expect(runToEnd([fileOf('main.js'), '--help'])).toMatchObject({ status: 0, stderr: '' });
    // It is tried again, and told again.
    expect(bundle(without)).toEqual(told);
    expect(bundle()).toEqual(DONE);
    expect(statSync(fileOf('program.cache')).size).toBeGreaterThan(0);
  });
});

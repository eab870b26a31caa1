/** Ledgers that a server must refuse in one line, and what a damaged last commit comes to. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { DIST } from '../support/built';
import { withDatabase } from '../support/ledger_file';
import { Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { agencyLine, batchOfText } from '../support/wire';
import { readLogParts } from './damage/log_file';

/** Somebody who is not root. */
const OTHER_USER = 1000;
const BETS = 40;
/** A server that has not refused by then has started, and is ended. */
const START_TIMEOUT_MS = 4_000;

let stage: Stage;
let folder: string;
beforeEach(() => {
  stage = new Stage();
  folder = stage.path('ledger');
});
afterEach(() => stage.close());

const file = (name = 'lottery.db'): string => join(folder, name);
/** An agency's batches of one bet each, every tenth on the winner number. */
const TEXTS = Array.from({ length: BETS }, (_, index) => {
  const number = index % 10 === 9 ? 7574 : 1;
  return `1,${index + 1},Ana,Paz,${5_000 + index},1990-01-01,${number}`;
});
const WIN = 'WIN,000000195009,5019,5029,5039';

/** A ledger with all the batches, each in a commit of its own. */
async function makeLedger(signal: NodeJS.Signals): Promise<void> {
  const { server, port } = await stage.startServer({ AGENCIES: '1' });
  const client = await RawClient.open(port);
  for (const [index, text] of TEXTS.entries()) {
    client.write(batchOfText(index + 1, text));
    expect(await client.readReply()).toMatch(/^ACK,/);
  }
  server.signal(signal);
  await server.exit;
  client.close();
}

/** Runs a server that must not start, as another user if one is given. */
async function refusal(user?: number): Promise<{ exitCode: number | null; errors: string }> {
  const environment = { PATH: process.env['PATH'], SERVER_PORT: '0', DATA_DIR: folder, AGENCIES: '1' };
  const options = user === undefined ? {} : { uid: user, gid: user };
  const server = spawn(process.execPath, [join(DIST, 'server/main.js')], {
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: START_TIMEOUT_MS,
    ...options,
  });
  let errors = '';
  server.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    server.on('close', resolve);
    server.on('error', reject);
  });
  return { exitCode, errors };
}

function expectOneLine(errors: string, pattern: RegExp): void {
  expect(errors).toMatch(/^[^\n]+\n$/);
  expect(errors).toMatch(pattern);
  expect(errors).toContain(folder);
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('after %s, refused is a ledger', (signal) => {
  test.each([
    ['of a later version', 'PRAGMA user_version = 6', /is no lottery ledger of version 5/],
    ['of an earlier version', 'PRAGMA user_version = 1', /is no lottery ledger of version 5/],
    ['of another application', 'PRAGMA application_id = 7', /is no lottery ledger of version 5/],
  ])('%s', async (_, change, message) => {
    await makeLedger(signal);
    withDatabase(new SqliteDatabase(file()), (database) => database.exec(change));
    const { exitCode, errors } = await refusal();
    expect(exitCode).toBe(1);
    expectOneLine(errors, message);
  });

  test.each([
    [
      'that another program has made',
      (): void => {
        for (const name of readdirSync(folder)) if (name !== 'lottery.lock') rmSync(file(name));
        withDatabase(new SqliteDatabase(file()), (database) => database.exec('CREATE TABLE notes (text)'));
      },
      /is no lottery ledger/,
    ],
    [
      'that is a text',
      (): void => writeFileSync(file(), 'bets\n'.repeat(10_000)),
      /lottery\.db: .*not a database/,
    ],
  ])('%s', async (_, change, message) => {
    await makeLedger('SIGTERM');
    change();
    const before = readFileSync(file());
    const { exitCode, errors } = await refusal();
    expect(exitCode).toBe(1);
    expectOneLine(errors, message);
    expect(readFileSync(file()).equals(before)).toBe(true);
  });
});

describe('without the right to write', () => {
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? OTHER_USER : undefined;
  const giveAway = (...names: string[]): void => {
    if (isRoot) for (const name of names) chownSync(name, OTHER_USER, OTHER_USER);
  };

  beforeEach(async () => {
    await makeLedger('SIGTERM');
    // The test's own folder is closed to others.
    chmodSync(stage.folder, 0o755);
  });
  afterEach(() => chmodSync(folder, 0o755));

  test('to the folder', async () => {
    giveAway(...readdirSync(folder).map((name) => file(name)));
    giveAway(folder);
    chmodSync(folder, 0o555);
    const { exitCode, errors } = await refusal(user);
    expect(exitCode).toBe(1);
    expectOneLine(errors, /ledger/);
  });

  test('to the database', async () => {
    giveAway(folder, file('lottery.lock'), file());
    chmodSync(file(), 0o444);
    const { exitCode, errors } = await refusal(user);
    expect(exitCode).toBe(1);
    expectOneLine(errors, /lottery\.db/);
  });

  test('to the lock', async () => {
    giveAway(folder, file('lottery.lock'), file());
    chmodSync(file('lottery.lock'), 0o444);
    const { exitCode, errors } = await refusal(user);
    expect(exitCode).toBe(1);
    expectOneLine(errors, /ledger/);
  });

  test('to make the folder', async () => {
    const ledger = folder;
    giveAway(ledger);
    chmodSync(ledger, 0o555);
    folder = join(ledger, 'inner');
    const { exitCode, errors } = await refusal(user);
    expect(exitCode).toBe(1);
    expectOneLine(errors, /inner: cannot be used for the ledger/);
    folder = ledger;
  });
});

test('a second server is refused while the first one lives, and the next one starts when it was killed', async () => {
  const { server, port } = await stage.startServer({ AGENCIES: '1' });
  const { exitCode, errors } = await refusal();
  expect(exitCode).toBe(1);
  expectOneLine(errors, /another server uses the ledger/);
  const client = await RawClient.open(port);
  client.write(batchOfText(1, TEXTS[0]!));
  expect(await client.readReply()).toBe('ACK,00000004,1,1\n');
  server.signal('SIGKILL');
  await server.exit;
  const next = await stage.startServer({ AGENCIES: '1' });
  expect(next.server.output).toMatch(/batches: 1 \| bets: 1/);
});

/** Damages the log's last commit, in its middle. */
function damageLastCommit(): void {
  const log = file('lottery.db-wal');
  const { startByte, endByte } = readLogParts(log).commits.at(-1)!;
  const bytes = readFileSync(log);
  const place = Math.floor((startByte + endByte) / 2);
  bytes[place] = bytes[place]! ^ 0xff;
  copyFileSync(log, `${log}.before`);
  writeFileSync(log, bytes);
}

describe('damage in the last commit alone cannot be told from a cut: its batch is gone, and', () => {
  test('it is stored when it is sent again', async () => {
    await makeLedger('SIGKILL');
    damageLastCommit();
    const { server, port } = await stage.startServer({ AGENCIES: '1' });
    expect(server.output).toMatch(new RegExp(`batches: ${BETS - 1} \\| bets: ${BETS - 1} `));
    const client = await RawClient.open(port);
    client.write(agencyLine('ASK', 1));
    expect(await client.readReply()).toMatch(new RegExp(`,?${BETS - 1},${BETS - 1},${BETS - 1}\n$`));
    for (const [index, text] of TEXTS.entries()) client.write(batchOfText(index + 1, text));
    for (const index of TEXTS.keys()) expect(await client.readReply()).toContain(`,1,${index + 1}\n`);
    client.write(agencyLine('FIN', 1));
    expect(await client.readReply()).toBe(WIN);
  });

  test('a whole agency that was acknowledged everything sends it again by itself', async () => {
    const rows = TEXTS.map((text) => text.split(',').slice(2).join(','));
    writeFileSync(stage.path('agency.csv'), rows.join('\n'));
    const first = await stage.startServer({ AGENCIES: '2' });
    const agency = stage.startAgency(1, first.port, {
      CLI_DATA_FILE: stage.path('agency.csv'),
      CLI_BATCH_MAXAMOUNT: '1',
      CLI_BATCH_WINDOW: '1',
    });
    await first.server.untilOutput(/receive_fin/);
    first.server.signal('SIGKILL');
    await first.server.exit;
    damageLastCommit();
    // The last commit is the FIN; before it is the last batch.
    const second = await stage.startServer({ AGENCIES: '2', SERVER_PORT: String(first.port) });
    expect(second.server.output).toMatch(new RegExp(`bets: ${BETS} \\| finished: 0 `));
    await second.server.untilOutput(/receive_fin/);
    const other = await RawClient.open(first.port);
    other.write(agencyLine('FIN', 2));
    expect(await other.readReply()).toBe('WIN,00000000');
    expect(await agency.exit).toBe(0);
    expect(readFileSync(stage.path('winners-1.txt'), 'utf8')).toBe('5009\n5019\n5029\n5039\n');
  });

  test('an agency that waits for answers goes back to what the server has', async () => {
    const rows = TEXTS.map((text) => text.split(',').slice(2).join(','));
    writeFileSync(stage.path('agency.csv'), rows.join('\n'));
    const first = await stage.startServer({ AGENCIES: '1', LOGGING_LEVEL: 'DEBUG' });
    const agency = stage.startAgency(1, first.port, {
      CLI_DATA_FILE: stage.path('agency.csv'),
      CLI_BATCH_MAXAMOUNT: '1',
      CLI_LOG_LEVEL: 'DEBUG',
    });
    await agency.untilOutput(/receive_confirmation .*batch: 9 /);
    first.server.signal('SIGKILL');
    await first.server.exit;
    damageLastCommit();
    await stage.startServer({ AGENCIES: '1', SERVER_PORT: String(first.port) });
    expect(await agency.exit).toBe(0);
    expect(readFileSync(stage.path('winners-1.txt'), 'utf8')).toBe('5009\n5019\n5029\n5039\n');
  });
});

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';

import SqliteDatabase from 'better-sqlite3';

import { Stage } from '../../tests/support/programs';
import { call } from '../../tests/support/raw_client';
import { batch, bets } from '../../tests/support/wire';

const SETTINGS = { AGENCIES: '2', LOTTERY_WINNER_NUMBER: '7' };

let stage: Stage;
let copy: string;

/** A server takes a batch; a copy is made; it takes another one, and is killed. */
beforeAll(async () => {
  stage = new Stage();
  const { server, port } = await stage.startServer(SETTINGS);
  await call(port, batch(1, bets(1, 1, 3)));
  copy = stage.path('copy.db');
  const source = new SqliteDatabase(stage.path('ledger/lottery.db'), { readonly: true });
  await source.backup(copy);
  source.close();
  await call(port, batch(2, bets(1, 4, 2)));
  server.signal('SIGKILL');
  await server.exit;
});
afterAll(() => stage.close());

async function run(...words: string[]): Promise<{ exit: number | string; output: string; errors: string }> {
  const program = stage.run('tools/restore/main.js', {}, words);
  return { exit: await program.exit, output: program.output, errors: program.errors };
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a copy becomes a ledger, and it is said how far it goes', async () => {
  const into = stage.path('a/restored');
  const before = readFileSync(copy);
  const { exit, output, errors } = await run(copy, '--into', into);
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toBe(
    `${into}: restored from ${copy}: 1 batches with 3 bets, 0 of 2 agencies finished, not drawn\n` +
      'its audit log goes to line 1: PUT,/agencies/1/batches/1,201,0\n' +
      'what was acknowledged after that is not in it; agencies that come back send it again\n' +
      `start the server with DATA_DIR=${into} AGENCIES=2 LOTTERY_WINNER_NUMBER=7\n`,
  );
  expect(readFileSync(copy).equals(before)).toBe(true);
  expect(readdirSync(into).sort()).toEqual(['lottery.db', 'lottery.lock']);
  expect([modeOf(into), modeOf(`${into}/lottery.db`), modeOf(`${into}/lottery.lock`)]).toEqual([
    0o700, 0o600, 0o600,
  ]);

  const { server, port } = await stage.startServer({ ...SETTINGS, DATA_DIR: into });
  expect(server.output).toMatch(
    /WARNING +action: open_ledger \| result: success \| restored_from: \S+copy\.db \| .*restored_batches: 1 \| restored_bets: 3 \|/,
  );
  expect(server.output).toMatch(/open_ledger \| result: success \| batches: 1 \| bets: 3 /);
  // What was lost is sent again, and stored.
  expect(await call(port, batch(2, bets(1, 4, 2)))).toMatch(/^ACK/);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
});

test('a folder that has a ledger is refused, also one whose ledger is gone', async () => {
  const ledger = stage.path('ledger');
  const before = readdirSync(ledger);
  expect(await run(copy, '--into', ledger)).toEqual({
    exit: 2,
    output: '',
    errors: `--into: ${ledger} is wrong: lottery.db is there; allowed is a folder without a ledger\n`,
  });
  expect(readdirSync(ledger)).toEqual(before);
  const gone = stage.path('gone');
  mkdirSync(gone);
  copyFileSync(`${ledger}/lottery.lock`, `${gone}/lottery.lock`);
  expect(await run(copy, '--into', gone)).toMatchObject({
    exit: 2,
    errors: expect.stringContaining('a ledger was made there, and is gone') as string,
  });
});

describe('what is no whole copy is refused in one line, and leaves nothing', () => {
  const make = (name: string, change: (file: string) => void): string => {
    const file = stage.path(name);
    copyFileSync(copy, file);
    change(file);
    return file;
  };

  test.each<[string, (file: string) => void, number, RegExp]>([
    ['cut', (file) => truncateSync(file, statSync(file).size - 20_000), 1, /^the copy is damaged: /],
    ['empty', (file) => truncateSync(file, 0), 1, /is no copy of a ledger$/],
    ['text', (file) => writeFileSync(file, 'hello, this is no database'), 1, /is no copy of a ledger$/],
    [
      'dump',
      (file) => writeFileSync(file, 'PGDMP and more of it'),
      1,
      /is a dump of PostgreSQL: pg_restore takes it/,
    ],
    ['log', (file) => appendFileSync(`${file}-wal`, 'x'), 1, /log\.db-wal lies beside it: /],
    ['changed', changeBets, 1, /^the copy is damaged: its log and its bets differ/],
    [
      'lacking',
      (file) => new SqliteDatabase(file).exec('DELETE FROM batches').close(),
      1,
      /^the copy is damaged/,
    ],
    ['other', makeOther, 1, /is no lottery ledger of version/],
  ])('%s', async (name, change, code, line) => {
    const into = stage.path(`into-${name}`);
    const { exit, output, errors } = await run(make(`${name}.db`, change), '--into', into);
    expect({ exit, output }).toEqual({ exit: code, output: '' });
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(errors.trimEnd()).toMatch(line);
    expect(existsSync(into)).toBe(false);
  });

  test('a copy that is not there', async () => {
    expect(await run('nowhere.db', '--into', stage.path('x'))).toMatchObject({
      exit: 2,
      errors: expect.stringMatching(/^nowhere\.db: cannot be restored: .*ENOENT.*\n$/) as string,
    });
  });
});

test('a folder that a server uses is refused', async () => {
  const { server } = await stage.startServer({ DATA_DIR: stage.path('used') });
  const { exit, errors } = await run(copy, '--into', stage.path('used'));
  expect(exit).toBe(2);
  expect(errors).toMatch(/lottery\.db is there/);
  server.signal('SIGKILL');
  await server.exit;
});

test('a copy that was put beside the log of the killed server is named when the server starts', async () => {
  const mixed = stage.path('mixed');
  mkdirSync(mixed);
  const { server, port } = await stage.startServer({ ...SETTINGS, DATA_DIR: mixed });
  await call(port, batch(1, bets(2, 1, 9)));
  server.signal('SIGKILL');
  await server.exit;
  copyFileSync(copy, `${mixed}/lottery.db`);
  const again = stage.run('server/main.js', { ...SETTINGS, SERVER_PORT: '0', DATA_DIR: mixed });
  expect(await again.exit).toBe(1);
  expect(again.errors).toMatch(
    /^\S+lottery\.db: .*lottery\.db-wal beside it is another ledger's: .*npm run restore.*\n$/,
  );
});

/** Other bets under the same checksums' rows: SQLite finds nothing wrong. */
function changeBets(file: string): void {
  const database = new SqliteDatabase(file);
  database.exec("UPDATE segments SET text = CAST(replace(CAST(text AS TEXT), ',1,', ',2,') AS BLOB)");
  database.close();
}

function makeOther(file: string): void {
  const database = new SqliteDatabase(file);
  database.pragma('application_id = 1');
  database.close();
}

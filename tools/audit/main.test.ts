import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { auditChecksum } from '../../server/ledger/sqlite/checksums';
import { DIST } from '../../tests/support/built';
import { withDatabase } from '../../tests/support/ledger_file';
import { type Program, Stage } from '../../tests/support/programs';
import { call, RawClient } from '../../tests/support/raw_client';
import { agencyLine, batch, bets } from '../../tests/support/wire';

const PROGRAM = 'tools/audit/main.js';
const AGREEMENT =
  'the log and the ledger agree: 9 lines, 2 batches with 5 bets, 2 of 2 agencies finished, drawn among 5 bets\n';
const LINES = `PUT,/agencies/1/batches/1,201,0
PUT,/agencies/2/batches/1,201,0
PUT,/agencies/1/batches/1,200,0
GET,/agencies/1,200,0
PUT,/agencies/1/finish,200,0
PUT,/agencies/2/finish,200,0
PUT,/draw,201,0
GET,/agencies/1/winners,200,0
GET,/agencies/2/winners,200,0
`;

const stage = new Stage();
afterAll(() => stage.close());

const ledgerFolder = stage.path('ledger');
const run = (folder: string, ...words: string[]): Program => stage.run(PROGRAM, { DATA_DIR: folder }, words);

interface Result {
  readonly exit: number | string;
  readonly output: string;
  readonly errors: string;
}

async function resultOf(program: Program): Promise<Result> {
  return { exit: await program.exit, output: program.output, errors: program.errors };
}

const startServer = (): ReturnType<Stage['startServer']> =>
  stage.startServer({ AGENCIES: '2', DATA_DIR: ledgerFolder });

/** Everything but the end of the sale. */
async function sell(port: number): Promise<void> {
  await call(port, batch(1, bets(1, 1, 2)));
  await call(port, batch(1, bets(2, 1, 3)));
  await call(port, batch(1, bets(1, 1, 2)));
  await call(port, agencyLine('ASK', 1));
}

/** On one connection, so that the lines come in one order alone. */
async function finish(port: number): Promise<void> {
  const client = await RawClient.open(port);
  client.write(agencyLine('FIN', 1) + agencyLine('FIN', 2));
  for (let wins = 0; wins < 2; wins++) expect(await client.readReply()).toMatch(/^WIN,/);
  client.close();
}

/** A copy of the ledger, changed by SQL. */
function changed(name: string, change: (database: SqliteDatabase.Database) => void): string {
  const folder = stage.path(name);
  cpSync(ledgerFolder, folder, { recursive: true });
  withDatabase(new SqliteDatabase(join(folder, 'lottery.db')), (database) => {
    // What damages a file asks no rules.
    database.pragma('foreign_keys = OFF');
    change(database);
  });
  return folder;
}

function writeLines(database: SqliteDatabase.Database, sequence: number, lines: string): void {
  database
    .prepare('UPDATE segments SET audit_lines = ?, audit_checksum = ? WHERE sequence = ?')
    .run(lines, auditChecksum(sequence, lines), sequence);
}

test('follows while the server writes, across its end, and leaves at a signal', async () => {
  const { server, port } = await startServer();
  const following = run(ledgerFolder, '--follow');
  await sell(port);
  await following.untilOutput(/GET,\/agencies\/1,200,0\n/);
  expect(await resultOf(run(ledgerFolder, '--verify'))).toMatchObject({
    exit: 0,
    output: expect.stringContaining('0 of 2 agencies finished, not drawn') as string,
  });
  await finish(port);
  await following.untilOutput(/2\/winners,200,0\n/);
  server.signal('SIGTERM');
  await server.exit;
  following.signal('SIGTERM');
  expect(await resultOf(following)).toEqual({ exit: 0, output: LINES, errors: '' });
});

test('prints the log', async () => {
  expect(await resultOf(run(ledgerFolder))).toEqual({ exit: 0, output: LINES, errors: '' });
});

test('verifies the log', async () => {
  expect(await resultOf(run(ledgerFolder, '--verify'))).toEqual({ exit: 0, output: AGREEMENT, errors: '' });
});

test('a reader that has enough ends it quietly', async () => {
  const folder = changed('long', (database) => {
    const last = Number(database.prepare('SELECT max(sequence) FROM segments').pluck().get());
    const lines = 'GET,/agencies,200,0\n'.repeat(1_000);
    const insert = database.prepare('INSERT INTO segments VALUES (?, ?, ?, ?, 0)');
    for (let sequence = last + 1; sequence <= last + 200; sequence++) {
      insert.run(sequence, lines, auditChecksum(sequence, lines), Buffer.alloc(0));
    }
  });
  const program = spawn(process.execPath, [join(DIST, PROGRAM)], {
    env: { ...process.env, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(program, 'close');
  await once(program.stdout, 'data');
  program.stdout.destroy();
  const errors: unknown[] = [];
  program.stderr.on('data', (text: unknown) => errors.push(text));
  expect(await ended).toEqual([0, null]);
  expect(errors).toEqual([]);
});

describe('verifying', () => {
  test.each<[string, (database: SqliteDatabase.Database) => void, string[]]>([
    [
      'a batch that was removed, with the text as it was',
      (database) => database.exec('DELETE FROM batches WHERE agency = 2'),
      [
        'line 2: batch 1 of agency 2 is not stored in segment 2',
        'ledger: the ledger is damaged: segment 2 is not what was stored',
        'ledger: 5 bets were in the draw, not 2',
      ],
    ],
    [
      'a byte of a bet',
      (database) =>
        database.exec("UPDATE segments SET text = replace(text, 'Ana', 'Eva') WHERE sequence = 1"),
      ['ledger: the ledger is damaged: segment 1 is not what was stored'],
    ],
    [
      'a batch in a segment that there is not',
      (database) => database.exec('UPDATE batches SET segment = 99 WHERE agency = 2'),
      [
        'line 2: batch 1 of agency 2 is not stored in segment 2',
        'ledger: batch 1 of agency 2 is in no segment',
        'ledger: the ledger is damaged: segment 2 is not what was stored',
        'ledger: 5 bets were in the draw, not 2',
      ],
    ],
    [
      'an end of a sale that is gone',
      (database) => database.exec('DELETE FROM finished_agencies WHERE agency = 1'),
      ['line 5: agency 1 has not finished in the ledger'],
    ],
    [
      'lines that were written anew',
      (database) => writeLines(database, 3, 'PUT,/agencies/1/batches/1,409,0\nGET,/agencies/7,200,0\n'),
      ['line 4: GET /agencies/7 200: there is no such thing in this lottery'],
    ],
  ])('tells of %s', async (name, change, differences) => {
    const { exit, output, errors } = await resultOf(run(changed(name, change), '--verify'));
    expect(output.split('\n').slice(0, -1)).toEqual(differences);
    expect(exit).toBe(1);
    expect(errors).toMatch(/^the log and the ledger differ: \d+ differences?\n$/);
  });

  test('tells of a hundred differences and counts the others', async () => {
    const folder = changed('many', (database) => writeLines(database, 3, 'nothing\n'.repeat(150)));
    const { exit, output, errors } = await resultOf(run(folder, '--verify'));
    expect(exit).toBe(1);
    expect(output.match(/^line \d+: it has not the form of a line\n/gm)).toHaveLength(100);
    expect(errors).toBe('the log and the ledger differ: 150 differences, 50 of them are not told\n');
  });
});

describe('what cannot be read is one line on stderr and exit 1', () => {
  const expectFailure = async (folder: string, line: RegExp): Promise<void> => {
    for (const words of [[], ['--follow'], ['--verify']]) {
      const { exit, errors } = await resultOf(run(folder, ...words));
      expect({ exit, errors }).toEqual({ exit: 1, errors: expect.stringMatching(line) as string });
    }
  };

  test('no ledger', async () => {
    await expectFailure(stage.path('none'), /^[^\n]*lottery\.db: there is no ledger\n$/);
  });

  test('a line that was changed', async () => {
    const folder = changed('changed', (database) =>
      database.exec(
        "UPDATE segments SET audit_lines = replace(audit_lines, '201', '200') WHERE sequence = 2",
      ),
    );
    await expectFailure(folder, /^the ledger is damaged: the audit log of segment 2\n$/);
  });

  test('a segment that is gone', async () => {
    const folder = changed('gone', (database) => database.exec('DELETE FROM segments WHERE sequence = 2'));
    await expectFailure(folder, /^the ledger is damaged: the audit log of segment 2\n$/);
  });
});

test('prints its usage and leaves with 0', async () => {
  const { exit, output, errors } = await resultOf(run(ledgerFolder, '--help'));
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toContain('usage: npm run audit -- [option]');
});

test('a mistake in usage is one line on stderr and exit 2', async () => {
  const { exit, output, errors } = await resultOf(run(ledgerFolder, '--verify', '--follow'));
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

test('a wrong setting is one line on stderr and exit 2', async () => {
  const program = stage.run(PROGRAM, { DATA_DIR: ledgerFolder, AGENCIES: 'many' });
  expect(await resultOf(program)).toEqual({
    exit: 2,
    output: '',
    errors: expect.stringMatching(/^environment: AGENCIES: [^\n]+\n$/) as string,
  });
});

/** A sale that goes on over several runs, and what an agency says at its end. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';

import Database from 'better-sqlite3';

import { Program, Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

/** A file of so many bets; documents count up from `first`. */
function file(name: string, rows: number, first: number): string {
  const path = stage.path(name);
  const row = (_: unknown, index: number): string => `Ana,Paz,${first + index},1990-01-01,7574\n`;
  writeFileSync(path, Array.from({ length: rows }, row).join(''));
  return path;
}

function storedBets(): { bet_id: number; document: string }[] {
  const ledger = new Database(stage.path('ledger/lottery.db'), { readonly: true });
  try {
    return ledger.prepare('SELECT bet_id, document FROM bets ORDER BY bet_id').all() as ReturnType<
      typeof storedBets
    >;
  } finally {
    ledger.close();
  }
}

function lastLine(program: Program): string {
  return program.output.trimEnd().split('\n').at(-1) ?? '';
}

function sell(
  port: number,
  files: string,
  environment: Record<string, string> = {},
  words: string[] = [],
): Program {
  return stage.run(
    'client/main.js',
    {
      CLI_ID: '1',
      CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
      CLI_DATA_WINNERSFILE: stage.path('winners-1.txt'),
      CLI_DATA_FILE: files,
      CLI_DATA_FINISH: 'false',
      ...environment,
    },
    words,
  );
}

test('file after file is sold without a FIN; ids go on behind; --finish ends the sale', async () => {
  const [morning, noon, evening] = [
    file('a.csv', 300, 1_000),
    file('b.csv', 200, 2_000),
    file('c.csv', 7, 3_000),
  ];
  const { server, port } = await stage.startServer({ AGENCIES: '1' });
  for (const [path, said] of [
    [morning, 'sold: 300 | stored: 300 | left_out: 0 | sale: open'],
    [morning, 'sold: 0 | stored: 300 | left_out: 0 | sale: open'],
    [noon, 'sold: 200 | stored: 500 | left_out: 0 | sale: open'],
  ] as const) {
    const run = sell(port, path);
    expect(await run.exit).toBe(0);
    expect(lastLine(run)).toContain(said);
    expect(run.output).not.toMatch(/send_fin|consulta_ganadores/);
  }
  expect(server.output).not.toMatch(/receive_fin/);

  const last = sell(port, evening, {}, ['--finish']);
  expect(await last.exit).toBe(0);
  expect(last.output).toContain('cant_ganadores: 507');
  expect(lastLine(last)).toContain('sold: 7 | stored: 507 | left_out: 0 | sale: ended');
  expect(existsSync(stage.path('sold-agency-1.json'))).toBe(false);
  const numbers = (count: number, first: number): number[] =>
    Array.from({ length: count }, (_, index) => first + index);
  const documents = [...numbers(300, 1_000), ...numbers(200, 2_000), ...numbers(7, 3_000)];
  expect(storedBets()).toEqual(
    documents.map((document, index) => ({ bet_id: index + 1, document: String(document) })),
  );
});

test('a list of files is one sale; a longer list goes on with the new ones', async () => {
  const [one, two] = [file('a.csv', 30, 1_000), file('b.csv', 20, 2_000)];
  const { port } = await stage.startServer({ AGENCIES: '1' });
  const listed = { CLI_DATA_SOLDFILE: stage.path('first.json') };
  expect(await sell(port, one, listed).exit).toBe(0);
  // Without the record of the first run: the list says it all.
  const run = sell(port, `${one},${two}`, { CLI_DATA_FINISH: 'true' });
  expect(await run.exit).toBe(0);
  expect(lastLine(run)).toContain('sold: 20 | stored: 50 | left_out: 0 | sale: ended');
  expect(storedBets().map(({ bet_id }) => bet_id)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
});

describe('what was sold is not sold again', () => {
  test('under another name', async () => {
    const [one, copy] = [file('a.csv', 30, 1_000), file('copy.csv', 30, 1_000)];
    const { port } = await stage.startServer({ AGENCIES: '1' });
    expect(await sell(port, one).exit).toBe(0);
    const run = sell(port, copy);
    expect(await run.exit).toBe(1);
    expect(run.errors).toMatch(/copy\.csv: is the same as .*a\.csv: its bets would be sold twice\n$/);
    expect(storedBets()).toHaveLength(30);
  });

  test('nor gone on with once its file has changed', async () => {
    const one = file('a.csv', 30, 1_000);
    const { port } = await stage.startServer({ AGENCIES: '1' });
    expect(await sell(port, one).exit).toBe(0);
    writeFileSync(one, readFileSync(one, 'utf8').replace('Ana', 'Eva'));
    const run = sell(port, file('b.csv', 5, 2_000));
    expect(await run.exit).toBe(1);
    expect(run.errors).toMatch(/a\.csv: has changed since bets of it were sold/);
    expect(storedBets()).toHaveLength(30);
  });

  test('in another lottery by an old record', async () => {
    const one = file('a.csv', 30, 1_000);
    const { port } = await stage.startServer({ AGENCIES: '1' });
    expect(await sell(port, one).exit).toBe(0);
    const other = await stage.startServer({ AGENCIES: '1', DATA_DIR: stage.path('other') });
    const run = sell(other.port, file('b.csv', 5, 2_000));
    expect(await run.exit).toBe(1);
    expect(run.errors).toMatch(
      /^the server has no bets of agency 1, but .*a\.csv was sold before, by .*sold-agency-1\.json/,
    );
    expect(other.server.output).not.toMatch(/apuesta_recibida|receive_fin/);
  });
});

test('an agency that is stopped says what is stored, and where', async () => {
  const { port } = await stage.startServer({ AGENCIES: '2' });
  const run = sell(port, file('a.csv', 30, 1_000), { CLI_DATA_FINISH: 'true' });
  await run.untilOutput(/action: send_fin/);
  run.signal('SIGINT');
  expect(await run.exit).toBe(0);
  expect(lastLine(run)).toMatch(
    /action: shutdown \| result: success \| signal: SIGINT \| sold: 30 \| stored: 30 \| left_out: 0 \| sale: ended \| server: 127\.0\.0\.1:\d+/,
  );
});

test.each([
  [
    'CLI_DATA_WINNERSFILE',
    'nowhere/winners.txt',
    /^data\.winnersFile \(CLI_DATA_WINNERSFILE\): .*nowhere\/winners\.txt: cannot be written: .*ENOENT/,
  ],
  ['CLI_DATA_REJECTEDFILE', 'nowhere/rejected.csv', /^data\.rejectedFile \(CLI_DATA_REJECTEDFILE\): /],
  ['CLI_DATA_FILE', 'nowhere.csv', /^data\.file \(CLI_DATA_FILE\): .*nowhere\.csv: cannot be read: .*ENOENT/],
  ['CLI_DATA_FILE', '.', /^data\.file \(CLI_DATA_FILE\): .*: cannot be read: it is no regular file/],
])('%s = %s is told at the start, before a server is asked', async (variable, path, line) => {
  const run = sell(1, file('a.csv', 1, 1), { [variable]: stage.path(path) });
  expect(await run.exit).toBe(2);
  expect(run.errors).toMatch(line);
  expect(run.errors.split('\n')).toHaveLength(2);
  expect(run.output).toBe('');
});

describe('a file of which nothing was sold is not in the record', () => {
  const record = (): string[] => {
    const path = stage.path('sold-agency-1.json');
    if (!existsSync(path)) return [];
    const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files: { path: string }[] };
    return files.map((each) => each.path.split('/').at(-1)!);
  };

  test('when no server was reached', async () => {
    const { port } = await stage.startServer({ AGENCIES: '1' });
    const [right, wrong] = [file('a.csv', 3, 1_000), file('b.csv', 2, 2_000)];
    const unreached = sell(1, wrong, { CLI_SERVER_GIVEUPAFTERMS: '500' });
    expect(await unreached.exit).toBe(1);
    expect(record()).toEqual([]);
    expect(await sell(port, right).exit).toBe(0);
    expect(record()).toEqual(['a.csv']);
  });

  test('when other bets are stored', async () => {
    const { port } = await stage.startServer({ AGENCIES: '1' });
    const [first, second] = [file('a.csv', 3, 1_000), file('b.csv', 2, 2_000)];
    const elsewhere = { CLI_DATA_SOLDFILE: stage.path('elsewhere.json') };
    expect(await sell(port, first, elsewhere).exit).toBe(0);
    expect(await sell(port, second).exit).toBe(1);
    expect(record()).toEqual([]);
    const both = sell(port, `${first},${second}`);
    expect(await both.exit).toBe(0);
    expect(lastLine(both)).toContain('sold: 2 | stored: 5');
    expect(record()).toEqual(['a.csv', 'b.csv']);
  });

  test('when the sale was ended, and the draw is still waited for', async () => {
    const { port } = await stage.startServer({ AGENCIES: '2' });
    const [first, late] = [file('a.csv', 3, 1_000), file('b.csv', 2, 2_000)];
    expect(await sell(port, first).exit).toBe(0);
    const waiting = sell(port, first, {}, ['--finish']);
    await waiting.untilOutput(/action: send_fin/);
    waiting.signal('SIGTERM');
    await waiting.exit;
    const refused = sell(port, late);
    expect(await refused.exit).toBe(1);
    expect(lastLine(refused)).toMatch(/sold: 0 \| stored: 3 \| left_out: 0 \| sale: closed/);
    expect(record()).toEqual(['a.csv']);
    const again = sell(port, first, {}, ['--finish']);
    await again.untilOutput(/action: send_fin/);
    again.signal('SIGTERM');
    expect(await again.exit).toBe(0);
  });
});

test.each(['CLI_DATA_WINNERSFILE', 'CLI_DATA_REJECTEDFILE', 'CLI_DATA_SOLDFILE'])(
  'the bets are never written over: %s names their file',
  async (key) => {
    const bets = file('a.csv', 3, 1_000);
    symlinkSync(bets, stage.path('link.csv'));
    const run = sell(1, bets, { [key]: stage.path('link.csv') });
    expect(await run.exit).toBe(2);
    expect(run.errors + run.output).toContain('is the file of bets');
  },
);

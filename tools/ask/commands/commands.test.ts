/** What commands ask a server, and what they say of its answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runLines } from '../testing/recorded_session';
import { closeStubs, StubAnswer, StubRequest, stubServer } from '../testing/stub_server';
import { COMMANDS } from './all_commands';
import { betFields } from './bet_commands';
import { drawText } from './draw_commands';

const folder = mkdtempSync(join(tmpdir(), 'ask-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(closeStubs);

const DRAW = {
  state: 'awaited' as const,
  winner_number: 7_574,
  agencies: 5,
  bets: null,
  missing_agencies: [],
  winners: [],
  phase: 'awaited',
  deadline: null,
};

/** Runs one command; every request gets this answer. */
async function run(line: string, answer: StubAnswer, owner = 0) {
  const asked: StubRequest[] = [];
  const api = await stubServer((request) => {
    asked.push(request);
    return answer;
  });
  const result = await runLines({ api, owner }, [line]);
  return { ...result, asked };
}

const ok = (body: object): StubAnswer => ({ status: 200, body });
const SUMS = { agency: 2, bets: 1, batches: 1, last_batch_id: 4, last_bet_id: 9, finished: true };

test.each<[string, string, string, StubAnswer, string]>([
  [
    'set a ""',
    'PUT',
    '/notes/a',
    ok({ name: 'a', bytes: 0, outcome: 'replaced' }),
    'a: stored in place of another, 0 bytes',
  ],
  ['set /agencies/1/finish ""', 'PUT', '/agencies/1/finish', ok({ agency: 1 }), '{"agency":1}'],
  ['get /agencies/1/winners?wait=2', 'GET', '/agencies/1/winners?wait=2', ok({ agency: 1 }), '{"agency":1}'],
  ['get a', 'GET', '/notes/a', { status: 200, body: Buffer.from('x\n') }, 'x\n'],
  ['delete a', 'DELETE', '/notes/a', ok({}), 'a: removed'],
  [
    'agency 2',
    'GET',
    '/agencies/2',
    ok(SUMS),
    'agency 2: 1 bet in 1 batch; last batch 4, last bet 9; finished',
  ],
  ['finish 3', 'PUT', '/agencies/3/finish', ok({}), 'agency 3: finished'],
  [
    'winners 1',
    'GET',
    '/agencies/1/winners?wait=0',
    ok({ agency: 1, winners: ['11', '22'] }),
    'agency 1: 2 winners\n11\n22',
  ],
  [
    'winners 1 60',
    'GET',
    '/agencies/1/winners?wait=60',
    ok({ agency: 1, winners: [] }),
    'agency 1: 0 winners',
  ],
  ['draw', 'GET', '/draw', ok(DRAW), 'awaited: number 7574 will win; 5 agencies in all'],
  [
    'draw',
    'GET',
    '/draw',
    ok({ ...DRAW, phase: 'gated', waits_for: 'control' }),
    'awaited: number 7574 will win; 5 agencies in all; the sale is closed; waits for: control',
  ],
])('%s', async (line, method, path, answer, said) => {
  const { asked, answered, isWell } = await run(line, answer);
  expect(asked).toMatchObject([{ method, path }]);
  expect([answered, isWell]).toEqual([`${said}\n`, true]);
});

test("keys are an agency's notes where it is named", async () => {
  const { asked } = await run('get a', ok({}), 7);
  expect(asked[0]?.path).toBe('/agencies/7/notes/a');
});

test.each([
  ['set /agencies/1/batches/2 "1,A,B,3,1987-03-17,4"', 'text/csv'],
  ['set /notes/a x', 'application/octet-stream'],
])('%s has its media type', async (line, type) => {
  const { asked } = await run(line, ok({}));
  expect(asked[0]?.headers['content-type']).toBe(type);
});

describe('batch', () => {
  const stored = (outcome: string): StubAnswer => ok({ agency: 1, batch: 7, bets: 2, outcome });

  test.each([
    ['bets.csv', 'text/csv', 'stored', 'agency 1: batch 7 with 2 bets is stored\n'],
    ['bets.json', 'application/json', 'already-stored', 'agency 1: batch 7 with 2 bets was stored before\n'],
  ])('sends the bytes of %s', async (name, type, outcome, said) => {
    const file = join(folder, name);
    writeFileSync(file, 'whatever stands there');
    const { asked, answered } = await run(`batch 1 7 ${file}`, stored(outcome));
    expect(asked[0]?.path).toBe('/agencies/1/batches/7');
    expect(asked[0]?.headers['content-type']).toBe(type);
    expect(asked[0]?.body.toString()).toBe('whatever stands there');
    expect(answered).toBe(said);
  });

  test('a file that cannot be read is told, and nothing is asked', async () => {
    const { asked, said } = await run(`batch 1 7 ${join(folder, 'none')}`, stored('stored'));
    expect(said).toMatch(/^line 1: [^\n]+none: cannot be read: [^\n]*ENOENT[^\n]*\n$/);
    expect(asked).toEqual([]);
  });
});

test.each([
  ['agency 0', /^line 1: AGENCY: "0" is wrong; allowed is a whole number from 1 to 1000000\n$/],
  ['agency one', /^line 1: AGENCY: "one" is wrong/],
  ['batch 1 0 x', /^line 1: ID: "0" is wrong; allowed is a whole number from 1 to 99999999\n$/],
  ['winners 1 301', /^line 1: SECONDS: "301" is wrong; allowed is a whole number from 0 to 300\n$/],
  ['log 0', /^line 1: N: "0" is wrong; allowed is a whole number from 1 to 1000\n$/],
  ['clients 1001', /^line 1: N: "1001" is wrong; allowed is a whole number from 0 to 1000\n$/],
  [
    'bet 1 Ana Paz',
    /^line 1: a bet has 5 fields, not 1: FIRST LAST DOCUMENT BIRTHDATE NUMBER, or FIRST,LAST/,
  ],
  ['get "a b"', /^line 1: the key is wrong; allowed is the name of a note/],
  ['get "/a b"', /^line 1: the key is wrong/],
  ['log', /^line 1: a server that was joined does not tell its audit log; `npm run audit` reads it where/],
])('%s asks nothing', async (line, message) => {
  const { asked, said, isWell } = await run(line, ok({}));
  expect(said).toMatch(message);
  expect([asked, isWell]).toEqual([[], false]);
});

test('the audit log is told where there is a way to it', async () => {
  const api = await stubServer(() => undefined);
  const readLog = (count: number) =>
    Promise.resolve(Array.from({ length: count }, (_, index) => `line ${index}`));
  expect((await runLines({ api, readLog }, ['log 2'])).answered).toBe('line 0\nline 1\n');
  expect((await runLines({ api, readLog }, ['log'])).answered.split('\n')).toHaveLength(11);
  const none = await runLines({ api, readLog: () => Promise.resolve([]) }, ['log']);
  expect(none.answered).toBe('the audit log has no lines yet\n');
});

test.each<[readonly string[], readonly string[]]>([
  [
    ['Ana', 'Paz', '1', '1987-03-17', '2'],
    ['Ana', 'Paz', '1', '1987-03-17', '2'],
  ],
  [['Ana,Paz,1,1987-03-17,2'], ['Ana', 'Paz', '1', '1987-03-17', '2']],
  [
    ['Ana', 'María,de', 'la', 'Paz,1,1987-03-17,2'],
    ['Ana María', 'de la Paz', '1', '1987-03-17', '2'],
  ],
  [
    ['Ana', 'del', 'Carmen', 'María,de', 'Paz,1,1987-03-17,2'],
    ['Ana del Carmen María', 'de Paz', '1', '1987-03-17', '2'],
  ],
])('the fields of a bet: %j', (words, fields) => {
  expect(betFields(words)).toEqual(fields);
});

describe('the draw in words', () => {
  test.each([
    [{ ...DRAW, phase: 'overdue' }, 'awaited: number 7574 will win; 5 agencies in all; overdue'],
    [
      { ...DRAW, deadline: { action: 'draw', at: '2026-12-22T09:00:00.000Z', seconds_left: 3_600 } },
      'awaited: number 7574 will win; 5 agencies in all; deadline 2026-12-22T09:00:00.000Z (draw), 3,600 s left',
    ],
    [
      { ...DRAW, deadline: { action: 'call-off', at: null, seconds_left: null } },
      'awaited: number 7574 will win; 5 agencies in all; deadline after the first agency has finished (call-off)',
    ],
    [
      {
        ...DRAW,
        state: 'drawn' as const,
        bets: 78_000,
        winners: [{ agency: 1, count: 5 }],
        missing_agencies: [2, 3],
      },
      'drawn: number 7574 won among 78,000 bets; 5 winners (agency 1: 5); without agencies 2, 3',
    ],
    [{ ...DRAW, state: 'drawn' as const, bets: 0 }, 'drawn: number 7574 won among 0 bets; 0 winners'],
    [{ ...DRAW, state: 'called-off' as const, missing_agencies: [4] }, 'called off: without agencies 4'],
  ])('%#', (draw, text) => {
    expect(drawText(draw)).toBe(text);
  });
});

test('help lists every command, and tells more of each', async () => {
  const api = await stubServer(() => undefined);
  const { answered } = await runLines({ api }, ['help']);
  for (const { name, usage, summary, details } of COMMANDS) {
    const head = usage === '' ? name : `${name} ${usage}`;
    expect(answered).toMatch(new RegExp(`^${head.replace(/[[\]]/g, '\\$&')} +`, 'm'));
    const more = await runLines({ api }, [`help ${name}`]);
    expect(more.answered).toBe(`${head}\n${summary}\n${details === '' ? '' : `${details}\n`}`);
  }
  for (const line of answered.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

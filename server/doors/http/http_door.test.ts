import { SYSTEM_CLOCK } from '../../../program/clock';
import { OperationError } from '../../../program/exit';
import { FakeClock } from '../../../program/testing/fake_clock';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { batchOf } from '../../testing/bets';
import { settled } from '../../testing/settled';
import { closeDoors, CSV, CSV_LINE, JSON_BODY, OpenDoor, TERMS } from './testing/open_door';
import { until } from './testing/until';

afterEach(closeDoors);

const BATCH = '/agencies/1/batches/1';
const BET = {
  bet_id: 1,
  first_name: 'Ana',
  last_name: 'Paz',
  document: '31204458',
  birthdate: '1987-03-17',
  number: 7574,
};

describe('a batch', () => {
  test('is stored once: 201, then 200, then 409 for another content', async () => {
    const door = await OpenDoor.open();
    const first = await door.putCsv(1, 1, CSV_LINE, { 'request-id': 'first' });
    expect(first).toMatchObject({
      status: 201,
      json: { agency: 1, batch: 1, bets: 1, outcome: 'stored' },
    });
    expect(first.headers).toMatchObject({
      'request-id': 'first',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(await door.putCsv(1, 1, CSV_LINE)).toMatchObject({
      status: 200,
      json: { agency: 1, batch: 1, bets: 1, outcome: 'already-stored' },
    });
    expect(await door.putCsv(1, 1, CSV_LINE.replace('Ana', 'Eva'))).toMatchObject({
      status: 409,
      json: { code: 'batch-conflict', status: 409, type: '/problems/batch-conflict' },
    });
    expect(door.lines).toEqual([`PUT,${BATCH},201,first`, `PUT,${BATCH},200,0`, `PUT,${BATCH},409,0`]);
    expect(door.log.events.join('\n')).not.toMatch(/Ana|Eva|31204458/);
  });

  test('is the same in CSV, in JSON and over TCP', async () => {
    const door = await OpenDoor.open();
    await door.lottery.place(batchOf(1, 1, [{ number: 7574 }, { id: 2, firstName: 'Zoë "Z"' }]));
    const csv = '1,Ana,Paz,31204458,1987-03-17,7574\r\n2,Zoë "Z",Paz,31204458,1987-03-17,2201';
    const json = { bets: [BET, { ...BET, bet_id: 2, first_name: 'Zoë "Z"', number: 2201 }] };
    expect((await door.putCsv(1, 1, csv)).status).toBe(200);
    expect((await door.putJson(1, 1, json)).status).toBe(200);
  });

  test('is closed after the agency has finished, but known batches are granted', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(1, 1, CSV_LINE);
    await door.finish(1);
    expect((await door.putCsv(1, 1, CSV_LINE)).status).toBe(200);
    expect(await door.putCsv(1, 2, CSV_LINE)).toMatchObject({ status: 410, json: { code: 'closed' } });
    expect(door.lines.slice(1)).toEqual([
      'PUT,/agencies/1/finish,200,0',
      `PUT,${BATCH},200,0`,
      'PUT,/agencies/1/batches/2,410,0',
    ]);
  });

  test('tells of every bad bet', async () => {
    const door = await OpenDoor.open();
    const lines = ['x,Ana,Paz,1,2000-01-01,1', '2,Ana,Paz,1,2000-01-01,1', '3,Ana,Paz,1,2001-02-29,1', '4,a'];
    const { status, json } = await door.putCsv(1, 1, lines.join('\n'));
    expect(status).toBe(422);
    expect(json).toMatchObject({
      code: 'bad-batch',
      bad_bets: 3,
      detail: '3 bets break a rule',
      errors: [
        { position: 1, field: 'bet_id' },
        { position: 3, field: 'birthdate' },
        { position: 4, field: 'bet', rule: '6 fields joined with commas' },
      ],
    });
    expect(door.lines).toEqual([`PUT,${BATCH},422,0`]);
  });

  test('lists a hundred bad bets and counts the others', async () => {
    const door = await OpenDoor.open();
    const { json } = await door.putCsv(1, 1, 'bad\n'.repeat(250));
    expect(json).toMatchObject({ bad_bets: 250, errors: { length: 100 } });
  });

  test.each([
    ['no bet', ''],
    ['more bets than a batch holds', '1\n'.repeat(10_000)],
  ])('of %s is refused', async (_, body) => {
    const door = await OpenDoor.open();
    expect(await door.putCsv(1, 1, body)).toMatchObject({
      status: 422,
      json: { code: 'bad-batch', detail: 'a batch holds 1 to 9999 bets' },
    });
  });

  test('of 9999 bets is stored', async () => {
    const door = await OpenDoor.open({ settings: { maxPayloadBytes: 1_000_000 } });
    const lines = Array.from({ length: 9_999 }, (_, index) => `${index + 1},A,B,1,2000-01-01,1\n`).join('');
    expect(await door.putCsv(1, 1, lines)).toMatchObject({ status: 201, json: { bets: 9_999 } });
  });

  test('over MAX_PAYLOAD_BYTES is refused, and the longest one is not', async () => {
    const payloadBytes = ';1,'.length + CSV_LINE.length - 1;
    const exact = await OpenDoor.open({ settings: { maxPayloadBytes: payloadBytes } });
    expect((await exact.putCsv(1, 1, CSV_LINE)).status).toBe(201);
    const tight = await OpenDoor.open({ settings: { maxPayloadBytes: payloadBytes - 1 } });
    expect(await tight.putCsv(1, 1, CSV_LINE)).toMatchObject({ status: 413, json: { code: 'too-large' } });
    expect(tight.lines).toEqual([`PUT,${BATCH},413,0`]);
  });

  test.each<[string, Record<string, string>]>([
    ['no media type', {}],
    ['another media type', { 'content-type': 'application/xml' }],
    ['a media type that is none', { 'content-type': ';;' }],
    ['another charset', { 'content-type': 'text/csv; charset=latin1' }],
    ['a header line', { 'content-type': 'text/csv; header=present' }],
    ['a compressed body', { ...CSV, 'content-encoding': 'gzip' }],
  ])('with %s is refused', async (_, headers) => {
    const door = await OpenDoor.open();
    expect(await door.ask('PUT', BATCH, { headers, body: CSV_LINE })).toMatchObject({
      status: 415,
      json: { code: 'unsupported-media-type' },
    });
    expect(door.lines).toEqual([`PUT,${BATCH},415,0`]);
  });

  test.each(['text/csv; charset=UTF-8', 'TEXT/CSV;charset="utf-8"; header=absent'])(
    '%s is CSV',
    async (type) => {
      const door = await OpenDoor.open();
      expect((await door.putCsv(1, 1, CSV_LINE, { 'content-type': type })).status).toBe(201);
    },
  );

  test.each([
    ['broken JSON', '{"bets":[', 400, 'bad-request'],
    ['JSON with a mark in front', '\uFEFF{"bets":[]}', 400, 'bad-request'],
    ['JSON that is not UTF-8', Buffer.from('{"bets":["\xff"]}', 'latin1'), 400, 'bad-request'],
    ['NaN', '{"bets":[{"bet_id":NaN}]}', 400, 'bad-request'],
    ['a list', '[]', 422, 'bad-batch'],
    ['null', 'null', 422, 'bad-batch'],
    ['bets that are no list', '{"bets":{"length":1}}', 422, 'bad-batch'],
    ['another member', '{"bets":[],"more":1}', 422, 'bad-batch'],
    ['a prototype', '{"bets":[],"__proto__":{"x":1}}', 422, 'bad-batch'],
    ['no bets', '{"bets":[]}', 422, 'bad-batch'],
    ['deep JSON', '['.repeat(90_000), 422, 'bad-batch'],
    ['deep JSON that is whole', `{"bets":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 422, 'bad-batch'],
  ])('of %s is refused', async (_, body, status, code) => {
    const door = await OpenDoor.open();
    const answer = await door.ask('PUT', BATCH, { headers: JSON_BODY, body });
    expect(answer).toMatchObject({ status, json: { code } });
    expect(door.lines).toEqual([`PUT,${BATCH},${status},0`]);
  });

  test.each<[string, object, string]>([
    ['a bet_id that is a string', { bet_id: '1' }, 'bet_id'],
    ['a bet_id beyond the highest', { bet_id: 2 ** 53 }, 'bet_id'],
    ['a bet_id of 0', { bet_id: 0 }, 'bet_id'],
    ['a fraction', { number: 1.5 }, 'number'],
    ['a negative number', { number: -1 }, 'number'],
    ['a number beyond the highest', { number: 10_000 }, 'number'],
    ['a document that is a number', { document: 31204458 }, 'document'],
    ['a name with a comma', { first_name: 'A,B' }, 'first_name'],
    ['a name with a semicolon', { last_name: 'A;1,2,B' }, 'last_name'],
    ['a name with a line feed', { last_name: 'A\nB' }, 'last_name'],
    ['an empty name', { first_name: '' }, 'first_name'],
    ['half a character', { first_name: '\ud83d' }, 'first_name'],
    ['a list as a name', { first_name: ['Ana'] }, 'first_name'],
    ['a missing birthdate', { birthdate: undefined }, 'birthdate'],
    ['another member', { agency: 1 }, 'bet'],
  ])('with %s is refused', async (_, change, field) => {
    const door = await OpenDoor.open();
    expect(await door.putJson(1, 1, { bets: [BET, { ...BET, ...change }] })).toMatchObject({
      status: 422,
      json: { bad_bets: 1, errors: [{ position: 2, field }] },
    });
  });

  test('with a prototype as a member is refused', async () => {
    const door = await OpenDoor.open();
    const bet = JSON.stringify(BET).replace('{', '{"__proto__":{"number":1},');
    expect(await door.putJson(1, 1, `{"bets":[${bet}]}`)).toMatchObject({
      status: 422,
      json: { errors: [{ position: 1, field: 'bet' }] },
    });
  });

  test.each([
    ['in JSON', undefined, 'application/json; charset=utf-8', JSON.stringify({ bets: [BET] })],
    ['in CSV', 'text/csv', 'text/csv; charset=utf-8', CSV_LINE],
    [
      'in the form that weighs more',
      'application/json;q=0.5, text/*;q=0.8',
      'text/csv; charset=utf-8',
      CSV_LINE,
    ],
  ])('is given back %s', async (_, accept, type, text) => {
    const door = await OpenDoor.open();
    await door.putCsv(1, 1, CSV_LINE);
    const answer = await door.ask('GET', BATCH, { headers: accept === undefined ? {} : { accept } });
    expect(answer).toMatchObject({ status: 200, text });
    expect(answer.headers['content-type']).toBe(type);
    expect(door.lines.at(-1)).toBe(`GET,${BATCH},200,0`);
  });

  test('is given back in no other form', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(1, 1, CSV_LINE);
    const answer = await door.ask('GET', BATCH, { headers: { accept: 'image/png' } });
    expect(answer).toMatchObject({ status: 406, json: { code: 'not-acceptable' } });
    expect(door.lines.at(-1)).toBe(`GET,${BATCH},406,0`);
  });

  test('that is not stored is not found', async () => {
    const door = await OpenDoor.open();
    const answer = await door.ask('GET', '/agencies/2/batches/9', { headers: { 'request-id': 'x' } });
    expect(answer).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(door.lines).toEqual(['GET,/agencies/2/batches/9,404,x']);
  });
});

describe('the agencies', () => {
  const none = { bets: 0, batches: 0, last_batch_id: 0, last_bet_id: 0, finished: false };

  test('are listed in pages', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(2, 1, CSV_LINE);
    await door.finish(2);
    const sums = { agency: 2, bets: 1, batches: 1, last_batch_id: 1, last_bet_id: 1, finished: true };
    const all = [{ agency: 1, ...none }, sums, { agency: 3, ...none }];
    const pageOf = async (query: string) => (await door.ask('GET', `/agencies${query}`)).json;
    expect(await pageOf('')).toEqual({ agencies: all, next: null });
    expect(await pageOf('?limit=2')).toEqual({ agencies: all.slice(0, 2), next: 2 });
    expect(await pageOf('?after=2&limit=2')).toEqual({ agencies: all.slice(2), next: null });
    expect(await pageOf('?after=999999999999999')).toEqual({ agencies: [], next: null });
    expect((await door.ask('GET', '/agencies/2')).json).toEqual(sums);
    expect(door.lines.at(-1)).toBe('GET,/agencies/2,200,0');
    expect(door.lines.at(-2)).toBe('GET,/agencies,200,0');
  });

  test.each([
    '?limit=0',
    '?limit=1001',
    '?limit=-1',
    '?limit=1e2',
    '?limit=',
    '?limit=1&limit=2',
    '?limit=%201',
    '?limit=0x10',
    '?after=NaN',
    '?more=1',
    '?__proto__=1',
    '?constructor=1',
  ])('are not listed for %s', async (query) => {
    const door = await OpenDoor.open();
    const answer = await door.ask('GET', `/agencies${query}`, { headers: { 'request-id': 'q' } });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request' } });
    expect(door.lines).toEqual(['GET,/agencies,400,q']);
  });

  test('finish once', async () => {
    const door = await OpenDoor.open();
    for (const headers of [{}, JSON_BODY, { 'content-type': 'x/y' }]) {
      const answer = await door.ask('PUT', '/agencies/1/finish', { headers, body: 'anything' });
      expect(answer).toMatchObject({ status: 200, json: { agency: 1, finished: true } });
    }
    expect((await door.ask('PUT', '/agencies/1/finish')).status).toBe(200);
    expect(door.lines).toEqual(Array(4).fill('PUT,/agencies/1/finish,200,0'));
  });

  test.each<[string, string]>([
    ['PUT', '/agencies/4/batches/1'],
    ['GET', '/agencies/4/batches/1'],
    ['GET', '/agencies/4'],
    ['PUT', '/agencies/4/finish'],
    ['GET', '/agencies/4/winners'],
    ['GET', '/agencies/4/winners?wait=300'],
    ['GET', '/agencies/999999999999999'],
  ])('%s %s: there is no such agency', async (method, path) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { headers: CSV, body: method === 'PUT' ? CSV_LINE : '' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'unknown-agency' } });
    expect(door.lines).toEqual([`${method},${path.replace(/\?.*/, '')},404,0`]);
  });

  test.each([
    ['PUT', '/agencies/0/batches/1'],
    ['PUT', '/agencies/01/batches/1'],
    ['PUT', '/agencies/1/batches/0'],
    ['PUT', '/agencies/1/batches/100000000'],
    ['PUT', '/agencies/1/batches/1e2'],
    ['PUT', '/agencies/-1/finish'],
    ['GET', '/agencies/one'],
    ['GET', '/agencies/1/batches/1/bets'],
    ['GET', '/agencies/'],
    ['GET', '/agencies/1/'],
    ['GET', '/agencies/9999999999999999'],
    ['GET', '/agencies/__proto__'],
  ])('%s %s: there is nothing', async (method, path) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { headers: CSV, body: method === 'PUT' ? CSV_LINE : '' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(door.lines).toEqual([`${method},${path},404,0`]);
  });
});

describe('the draw', () => {
  test('is awaited, then drawn, in sums', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(2, 1, CSV_LINE + CSV_LINE);
    const before = { state: 'awaited', bets: null, winners: [] };
    const always = { winner_number: 7574, agencies: 3, missing_agencies: [] };
    expect((await door.ask('GET', '/draw')).json).toEqual({ ...always, ...before });
    await door.finish();
    expect((await door.ask('GET', '/draw')).json).toEqual({
      ...always,
      state: 'drawn',
      bets: 2,
      winners: [{ agency: 2, count: 2 }],
    });
    expect(door.lines.filter((line) => line.startsWith('GET'))).toEqual([
      'GET,/draw,200,0',
      'GET,/draw,200,0',
    ]);
  });

  test('has winners for those who ask after it', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(2, 1, CSV_LINE);
    expect(await door.ask('GET', '/agencies/2/winners')).toMatchObject({
      status: 409,
      json: { code: 'not-drawn' },
    });
    await door.finish();
    for (let round = 0; round < 2; round++) {
      const answer = await door.ask('GET', '/agencies/2/winners', { headers: { 'request-id': 'w' } });
      expect(answer).toMatchObject({ status: 200, json: { agency: 2, winners: ['31204458'] } });
    }
    expect((await door.ask('GET', '/agencies/1/winners')).json).toEqual({ agency: 1, winners: [] });
    expect(door.lines.filter((line) => line.includes('/winners'))).toEqual([
      'GET,/agencies/2/winners,409,0',
      'GET,/agencies/2/winners,200,w',
      'GET,/agencies/2/winners,200,w',
      'GET,/agencies/1/winners,200,0',
    ]);
  });

  test('is waited for as long as a request says', async () => {
    const clock = new FakeClock();
    const door = await OpenDoor.open({ clock });
    const short = door.ask('GET', '/agencies/1/winners?wait=5');
    const long = door.ask('GET', '/agencies/1/winners?wait=300');
    await until(() => clock.timerCount >= 2);
    clock.advance(5_000);
    expect((await short).status).toBe(409);
    await door.finish();
    expect((await long).status).toBe(200);
    expect(door.lines.filter((line) => line.includes('/winners'))).toEqual([
      'GET,/agencies/1/winners,409,0',
      'GET,/agencies/1/winners,200,0',
    ]);
  });

  test.each(['?wait=301', '?wait=-1', '?wait=1.5', '?wait', '?wait=x', '?wait=1&wait=1'])(
    'is not waited for with %s',
    async (query) => {
      const door = await OpenDoor.open();
      expect((await door.ask('GET', `/agencies/1/winners${query}`)).status).toBe(400);
      expect(door.lines).toEqual(['GET,/agencies/1/winners,400,0']);
    },
  );

  test('is waited for by so many at once', async () => {
    const clock = new FakeClock();
    const door = await OpenDoor.open({ clock, limits: { maxWaitingRequests: 1 } });
    const waiting = door.ask('GET', '/agencies/1/winners?wait=10');
    await until(() => clock.timerCount > 0);
    const other = await door.ask('GET', '/agencies/2/winners?wait=10');
    expect(other).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(other.headers['retry-after']).toBe('1');
    clock.advance(10_000);
    expect((await waiting).status).toBe(409);
    expect(door.lines).toEqual(['GET,/agencies/1/winners,409,0']);
  });

  test('is no longer waited for when the client goes away', async () => {
    const clock = new FakeClock();
    const door = await OpenDoor.open({ clock, limits: { maxWaitingRequests: 1 } });
    const gone = new AbortController();
    const waiting = door.ask('GET', '/agencies/1/winners?wait=10', { signal: gone.signal });
    await until(() => clock.timerCount > 0);
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await until(() => clock.timerCount === 0);
    expect((await door.ask('GET', '/agencies/1/winners')).status).toBe(409);
    expect(door.lines).toHaveLength(1);
  });

  test('that was called off has no winners', async () => {
    const draw = { winners: new Map(), bets: 0, missingAgencies: [2, 3], isCalledOff: true };
    const ledger = new HeldLedger(TERMS, { draw });
    const door = await OpenDoor.open({ ledger });
    expect((await door.ask('GET', '/draw')).json).toMatchObject({
      state: 'called-off',
      missing_agencies: [2, 3],
    });
    const answer = await door.ask('GET', '/agencies/1/winners?wait=10');
    expect(answer).toMatchObject({ status: 410, json: { code: 'closed' } });
  });

  test('that is being held is not waited for without end', async () => {
    const clock = new FakeClock();
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ clock, ledger });
    for (const agency of [1, 2, 3]) {
      const finishing = door.lottery.finish(agency);
      ledger.answerAll();
      await finishing;
    }
    const asking = door.ask('GET', '/draw');
    await until(() => clock.timerCount > 0);
    await settled();
    clock.advance(30_000);
    expect(await asking).toMatchObject({ status: 503, json: { code: 'unavailable' } });
  });
});

describe('a request', () => {
  test.each([
    ['POST', '/agencies', 'GET, HEAD'],
    ['DELETE', BATCH, 'GET, HEAD, PUT'],
    ['PATCH', '/agencies/1', 'GET, HEAD'],
    ['PUT', '/draw', 'GET, HEAD'],
    ['GET', '/agencies/1/finish', 'PUT'],
    ['OPTIONS', '/draw', 'GET, HEAD'],
    ['PROPFIND', '/draw', 'GET, HEAD'],
  ])('%s %s has another method: no line', async (method, path, allow) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { headers: { 'content-type': 'x' }, body: 'ignored' });
    expect(answer).toMatchObject({ status: 405, json: { code: 'method-not-allowed' } });
    expect(answer.headers.allow).toBe(allow);
    expect(door.lines).toEqual([]);
  });

  test('for HEAD is answered as for GET, without the body', async () => {
    const door = await OpenDoor.open();
    const answer = await door.ask('HEAD', '/agencies/1');
    const { length } = (await door.ask('GET', '/agencies/1')).text;
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-length']).toBe(String(length));
    expect(door.lines).toEqual(Array(2).fill('GET,/agencies/1,200,0'));
  });

  test.each([['a b'], [''], ['x'.repeat(65)], ['a,b'], [['a', 'b']]])(
    'with the id %j is refused',
    async (id) => {
      const door = await OpenDoor.open();
      const answer = await door.ask('GET', '/draw', { headers: { 'request-id': id } });
      expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request' } });
      expect(answer.headers['request-id']).toBeUndefined();
      expect(door.lines).toEqual(['GET,/draw,400,0']);
    },
  );

  test('has a line with its path as it was sent, without commas', async () => {
    const door = await OpenDoor.open();
    await door.ask('GET', '/agencies/a,b%2Cc?x=1,2', { headers: { 'request-id': 'a:b' } });
    const broken = await door.ask('GET', '/agencies/%zz', { headers: { 'request-id': 'z' } });
    expect(broken.headers).toMatchObject({ 'request-id': 'z', 'x-content-type-options': 'nosniff' });
    await door.ask('GET', '/%61gencies/x');
    await door.ask('GET', 'http://elsewhere/agencies/1');
    expect(door.lines).toEqual([
      'GET,/agencies/a%2Cb%2Cc,404,a:b',
      'GET,/agencies/%zz,400,z',
      'GET,/%61gencies/x,404,0',
      'GET,/agencies/1,200,0',
    ]);
  });

  test('for anything else has no line', async () => {
    const door = await OpenDoor.open();
    expect((await door.ask('GET', '/nothing')).status).toBe(404);
    expect((await door.ask('GET', '/drawn')).status).toBe(404);
    expect((await door.ask('GET', '/openapi.json')).status).toBe(200);
    expect(door.lines).toEqual([]);
  });

  test('with a long path is refused, without a line', async () => {
    const door = await OpenDoor.open();
    expect((await door.ask('GET', `/agencies/${'1'.repeat(246)}`)).status).toBe(404);
    for (const path of [
      `/agencies/${'1'.repeat(247)}`,
      `/agencies/${'1'.repeat(9_000)}`,
      `/${'/'.repeat(9_000)}`,
    ]) {
      expect(await door.ask('GET', path)).toMatchObject({ status: 414, json: { code: 'uri-too-long' } });
    }
    expect(door.lines).toHaveLength(1);
  });

  test('is told that the storage fails, without a line', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.holdsReads = true;
    const door = await OpenDoor.open({ ledger });
    const asking = [
      door.putCsv(1, 1, CSV_LINE),
      door.ask('GET', '/agencies'),
      door.ask('GET', '/draw'),
      // Refused by the door itself: when it cannot be noted, it is not answered so.
      door.putCsv(1, 1, 'bad'),
    ];
    await until(() => ledger.calls.length === asking.length);
    ledger.rejectAll();
    for (const answer of await Promise.all(asking)) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(ledger.auditLines).toEqual([]);
  });

  test('is not answered before its line is durable', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.holdsReads = true;
    const door = await OpenDoor.open({ ledger });
    let isAnswered = false;
    const asking = door.putCsv(1, 1, 'bad').finally(() => (isAnswered = true));
    await until(() => ledger.calls.length === 1);
    await settled();
    expect(isAnswered).toBe(false);
    ledger.answerAll();
    expect((await asking).status).toBe(422);
    expect(ledger.auditLines).toEqual([`PUT,${BATCH},422,0`]);
  });

  test('is not read when the storage does not keep up', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.queuedBytes = 6 * 1024 * 1024;
    const door = await OpenDoor.open({ ledger });
    expect(await door.putCsv(1, 1, CSV_LINE)).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(ledger.calls).toEqual([]);
  });

  test('that meets a mistake of the server is told nothing of it', async () => {
    const door = await OpenDoor.open();
    door.memory.standing = () => Promise.reject(new TypeError('of Ana Paz'));
    const answers = await Promise.all([door.ask('GET', '/agencies/1'), door.ask('GET', '/agencies/1')]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 500, json: { code: 'internal-error' } });
      expect(answer.text).not.toContain('Ana');
    }
    const told = door.log.of('answer_request', 'fail');
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('TypeError');
    expect(told[0]).not.toContain('Ana');
  });

  test('that is refused is counted and logged once a second', async () => {
    const door = await OpenDoor.open();
    for (let count = 0; count < 3; count++) await door.putCsv(1, 1, 'bad');
    await door.ask('GET', '/nothing');
    await door.ask('GET', '/agencies/1/winners');
    expect(door.telemetry.refusals).toEqual([
      { door: 'http', code: 'bad-batch', count: 3 },
      { door: 'http', code: 'bad-request', count: 1 },
    ]);
    expect(door.log.of('refuse_message', 'fail')).toHaveLength(2);
  });
});

describe('the door', () => {
  test('says so when its port is taken', async () => {
    const { port } = await OpenDoor.open();
    const second = OpenDoor.open({ settings: { port } });
    await expect(second).rejects.toThrow(OperationError);
    await expect(second).rejects.toThrow(/^cannot listen on 127\.0\.0\.1, port \d+: .*EADDRINUSE/);
  });

  test('answers what is in flight when it closes, and ends waits', async () => {
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ ledger, clock: SYSTEM_CLOCK });
    const placing = door.putCsv(1, 1, CSV_LINE);
    const waiting = door.ask('GET', '/agencies/1/winners?wait=300');
    await until(() => ledger.calls.length === 1 && door.telemetry.connections('http') === 2);
    await settled();
    const closing = door.close();
    expect(await waiting).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    ledger.answerAll();
    expect((await placing).status).toBe(201);
    await closing;
    await expect(door.ask('GET', '/draw')).rejects.toThrow('ECONNREFUSED');
  });

  test('ends the feed of the live page when it closes', async () => {
    const door = await OpenDoor.open({ registersWatch: true });
    const { telemetry } = door;
    const feed = door.ask('GET', '/events');
    await until(() => telemetry.connections('http') === 1);
    expect((await door.ask('GET', '/healthz')).status).toBe(200);
    await door.close();
    await feed.catch(() => undefined);
    await until(() => telemetry.connections('http') === 0);
  });

  test('drops what is not answered in time when it closes', async () => {
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ ledger, limits: { closeTimeoutMs: 20 } });
    const placing = expect(door.putCsv(1, 1, CSV_LINE)).rejects.toThrow('socket hang up');
    await until(() => ledger.calls.length === 1);
    await door.close();
    await placing;
    await until(() => door.telemetry.connections('http') === 0);
  });
});

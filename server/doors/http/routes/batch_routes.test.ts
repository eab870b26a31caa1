import { HeldLedger } from '../../../ledger/testing/held_ledger';
import { batchOf } from '../../../testing/bets';
import { settled } from '../../../testing/settled';
import { closeDoors, CSV, CSV_LINE, JSON_BODY, OpenDoor, TERMS } from '../testing/open_door';
import { until } from '../testing/until';

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
    ['in JSON', undefined, 'application/json; charset=utf-8', `${JSON.stringify({ bets: [BET] })}\n`],
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

test('as many clients as like read a batch at once, each of them has it', async () => {
  const ledger = new HeldLedger(TERMS);
  const door = await OpenDoor.open({ ledger });
  const placing = door.putCsv(1, 1, CSV_LINE);
  await until(() => ledger.calls.length === 1);
  ledger.answerAll();
  await placing;
  ledger.holdsReads = true;
  const headers = { accept: 'text/csv' };
  let left = 64;
  const reading = Array.from({ length: left }, async () => {
    const { status, text } = await door.ask('GET', BATCH, { headers });
    left--;
    return `${status} ${text}`;
  });
  // All are there before the first is answered.
  await until(() => door.telemetry.connections('http') >= 64 && ledger.calls.length > 0);
  await settled();
  await until(() => {
    ledger.answerAll();
    return left === 0;
  });
  expect(new Set(await Promise.all(reading))).toEqual(new Set([`200 ${CSV_LINE}`]));
});

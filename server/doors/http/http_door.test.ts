import { HeldLedger } from '../../ledger/testing/held_ledger';
import { settled } from '../../testing/settled';
import { closeDoors, CSV, CSV_LINE, OpenDoor, TERMS } from './testing/open_door';
import { until } from './testing/until';

afterEach(closeDoors);

const BATCH = '/agencies/1/batches/1';

describe('a request', () => {
  test.each([
    ['POST', '/agencies', 'GET, HEAD'],
    ['DELETE', BATCH, 'GET, HEAD, PUT'],
    ['PATCH', '/agencies/1', 'GET, HEAD'],
    ['PUT', '/draw', 'GET, HEAD'],
    ['GET', '/agencies/1/finish', 'PUT'],
    ['OPTIONS', '/draw', 'GET, HEAD'],
    ['TRACE', '/draw', 'GET, HEAD'],
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
    await door.ask('GET', 'http://LOCALHOST:80/agencies/1', { headers: { host: 'localhost' } });
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

  test('is not read when the storage does not keep up for too long', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.queuedBytes = 6 * 1024 * 1024;
    const door = await OpenDoor.open({ ledger, limits: { storageTimeoutMs: 1 } });
    expect(await door.putCsv(1, 1, CSV_LINE)).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(ledger.calls).toEqual([]);
  });

  test('waits while the storage does not keep up, and is stored in its order when it does', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.queuedBytes = 6 * 1024 * 1024;
    const door = await OpenDoor.open({ ledger, limits: { storageTimeoutMs: 60_000 } });
    const asking = [1, 2, 3].map(async (batch) => {
      await until(() => door.door.waitingForStorage === batch - 1);
      return door.putCsv(1, batch, CSV_LINE);
    });
    await until(() => door.door.waitingForStorage === 3);
    ledger.queuedBytes = 0;
    // Who comes now waits behind them.
    const last = door.putCsv(1, 4, CSV_LINE);
    await until(() => door.door.waitingForStorage === 4);
    ledger.tellRoom();
    await until(() => ledger.calls.length === 4);
    ledger.answerAll();
    expect((await Promise.all([...asking, last])).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(ledger.auditLines).toEqual([1, 2, 3, 4].map((batch) => `PUT,/agencies/1/batches/${batch},201,0`));
  });

  test('that waits for the storage is forgotten when its client goes away', async () => {
    const ledger = new HeldLedger(TERMS);
    ledger.queuedBytes = 6 * 1024 * 1024;
    const door = await OpenDoor.open({ ledger, limits: { storageTimeoutMs: 60_000 } });
    const gone = new AbortController();
    const body = CSV_LINE;
    const asking = door.ask('PUT', BATCH, { headers: CSV, body, signal: gone.signal });
    asking.catch(() => undefined);
    await until(() => door.door.waitingForStorage === 1);
    gone.abort();
    await until(() => door.door.waitingForStorage === 0);
    expect(ledger.calls).toEqual([]);
  });

  test('that meets a mistake of the server is told nothing of it', async () => {
    const door = await OpenDoor.open();
    door.memory.submit = () => Promise.reject(new TypeError('of Ana Paz'));
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
      { door: 'http', code: 'not-found', count: 1 },
    ]);
    expect(door.log.of('refuse_message', 'fail')).toHaveLength(2);
  });

  test.each([
    [
      'PUT',
      '/agencies/2/batches/7',
      'bad-batch',
      'operation: PUT | path: /agencies/{agency}/batches/{batch} | agency: 2',
    ],
    ['GET', '/agencies/4', 'unknown-agency', 'operation: GET | path: /agencies/{agency} | agency: 4'],
    ['GET', '/agencies/Ana', 'not-found', 'operation: GET | path: /agencies/{agency}'],
    ['GET', '/agencies/31204458', 'unknown-agency', 'operation: GET | path: /agencies/{agency}'],
    ['GET', '/Ana', 'not-found', undefined],
    ['POST', '/draw', 'method-not-allowed', undefined],
    ['PROPFIND', '/draw', 'not-implemented', undefined],
    ['GET', `/${'a'.repeat(300)}`, 'uri-too-long', undefined],
    ['GET', '/draw?Ana=1', 'bad-request', 'operation: GET | path: /draw'],
  ])('%s %s is counted and told as what it is, without what was sent', async (method, path, code, asked) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { headers: CSV, body: method === 'PUT' ? 'Ana' : '' });
    expect(answer.json).toMatchObject({ code });
    expect(door.telemetry.refusals).toEqual([{ door: 'http', code, count: 1 }]);
    const [told] = door.log.of('refuse_message', 'fail');
    const start = `action: refuse_message | result: fail | code: ${code} | door: http`;
    expect(told?.slice(0, start.length)).toBe(start);
    expect(told?.slice(start.length)).toMatch(asked === undefined ? /^ \| reason: / : / \| reason: /);
    if (asked !== undefined) expect(told).toContain(` | ${asked} | reason: `);
    expect(told).not.toMatch(/Ana|31204458/);
  });

  test.each([
    '/agencies',
    '/agencies/1',
    '/draw',
    '/openapi.json',
    '/agencies/1/batches/1',
    '/nothing',
    '/healthz',
    '/metrics',
  ])('%s: the body ends with a line feed, and its length says so', async (path) => {
    const door = await OpenDoor.open({ registersWatch: true });
    await door.putCsv(1, 1, CSV_LINE);
    const { text, headers } = await door.ask('GET', path);
    expect(text).toMatch(/[^\n]\n$/);
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
    expect((await door.ask('HEAD', path)).headers['content-length']).toBe(headers['content-length']);
  });
});

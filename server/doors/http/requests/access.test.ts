import { FakeClock } from '../../../../program/testing/fake_clock';
import { Client } from '../../agencies/testing/client';
import { CurrentTokens } from '../../identity/current_tokens';
import { AUDITOR, OPERATOR } from '../../identity/party';
import { tokensOf } from '../../identity/testing/tokens_of';
import { closeDoors, CSV, CSV_LINE, OpenDoor } from '../testing/open_door';
import { Access } from './access';

afterEach(closeDoors);

const ONE = 'token-of-agency-one';
const TWO = 'token-of-agency-two';
const ALL = 'token-of-the-operator';
const AUDIT = 'token-of-the-auditor';
const TOKENS = tokensOf([OPERATOR, ALL], [AUDITOR, AUDIT], [1, ONE], [2, TWO]);
const tokens = new CurrentTokens(TOKENS);

/** What needs a token, and what is answered when it may pass. */
const GUARDED = [
  ['PUT', '/agencies/1/batches/1', 201],
  ['GET', '/agencies/1/batches/1', 404],
  ['PUT', '/agencies/1/finish', 200],
  ['GET', '/agencies/1/winners', 409],
  ['PUT', '/agencies/1/notes/a', 201],
  ['GET', '/agencies/1/notes/a', 404],
  ['DELETE', '/agencies/1/notes/a', 404],
  ['GET', '/agencies/1/notes', 200],
] as const;
/** Of these, what only reads. */
const READING = GUARDED.filter(([method]) => method === 'GET');
/** The operator's alone, how it is asked for, its line, and what is answered. */
const OPERATORS = [
  ['PUT', '/notes/a', 'PUT,/notes/a', 201],
  ['DELETE', '/notes/a', 'DELETE,/notes/a', 404],
  ['POST', '/notes/a/increment', 'PUT,/notes/a', 201],
  ['POST', '/notes', 'PUT,/notes', 201],
] as const;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const OPEN = ['/agencies', '/agencies/1', '/draw', '/notes', '/openapi.json'];
const ELSEWHERE = ['0.0.0.0', '::', '192.0.2.1', '1127.0.0.1', 'lottery.example', 'localhost.example'];
const LOOPBACK = ['127.0.0.1', '127.8.9.10', '::1', 'localhost'];

/** What a request has that a proxy has passed on, or that another site's page has made a browser send. */
const FROM_AFAR: readonly Record<string, string>[] = [
  { forwarded: 'for=192.0.2.1' },
  { via: '1.1 proxy' },
  { 'x-forwarded-for': '192.0.2.1' },
  { 'X-Forwarded-Proto': 'https' },
  { 'x-real-ip': '192.0.2.1' },
  { 'sec-fetch-site': 'cross-site' },
  { origin: 'https://evil.example' },
  { origin: 'http://localhost.evil.example' },
  { origin: 'null' },
];

type Header = Readonly<Record<string, string | string[]>>;

describe('with tokens', () => {
  test.each(GUARDED)('%s %s needs a token that is good for the agency', async (method, path, passed) => {
    const door = await OpenDoor.open({ clock: new FakeClock(), settings: { tokens } });
    const statusWith = async (headers: Header): Promise<number> => {
      const body = method === 'PUT' ? CSV_LINE : '';
      const { status, headers: answered } = await door.ask(method, path, {
        headers: { ...CSV, ...headers },
        body,
      });
      expect(answered['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
      return status;
    };
    const lineOf = (status: number): string => `${method},${path},${status},0`;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ authorization: `Bearer ${ALL}x` })).toBe(401);
    expect(await statusWith({ authorization: `Basic ${ONE}` })).toBe(401);
    expect(await statusWith({ authorization: ONE })).toBe(401);
    expect(await statusWith({ authorization: '' })).toBe(401);
    expect(await statusWith({ authorization: `Bearer ${TWO}` })).toBe(403);
    expect(await statusWith({ authorization: `Bearer ${ONE}` })).toBe(passed);
    // Those who have no token are only counted.
    expect(door.lines).toEqual([403, passed].map(lineOf));
    door.lottery.close();
    expect(door.lines.at(-1)).toBe('REFUSED,*,401,5');
  });

  test.each(GUARDED)("%s %s is open to the operator's", async (method, path, passed) => {
    const door = await OpenDoor.open({ settings: { tokens } });
    const headers = { ...CSV, authorization: `bearer  ${ALL}` };
    const { status } = await door.ask(method, path, { headers, body: method === 'PUT' ? CSV_LINE : '' });
    expect(status).toBe(passed);
  });

  test.each(OPERATORS)("%s %s is the operator's alone", async (method, path, line, passed) => {
    const door = await OpenDoor.open({ settings: { tokens } });
    const statusWith = async (token?: string): Promise<number> => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await door.ask(method, path, { headers: { ...FORM, ...authorization }, body: 'b=1' })).status;
    };
    expect(await statusWith()).toBe(401);
    expect(await statusWith('token-of-nobody')).toBe(401);
    expect(await statusWith(ONE)).toBe(403);
    expect(door.lines).toEqual([`${line},403,0`]);
    expect(await statusWith(ALL)).toBe(passed);
    expect(door.lines).toEqual([`${line},403,0`, `${path === '/notes' ? 'PUT,/notes/b' : line},${passed},0`]);
  });

  test.each(READING)("%s %s is open to the auditor's", async (method, path, passed) => {
    const door = await OpenDoor.open({ settings: { tokens } });
    const { status } = await door.ask(method, path, { headers: { authorization: `Bearer ${AUDIT}` } });
    expect(status).toBe(passed);
  });

  const WRITING: readonly (readonly [method: string, path: string, line: string])[] = [
    ...GUARDED.filter(([method]) => method !== 'GET').map(
      ([method, path]) => [method, path, `${method},${path}`] as const,
    ),
    ...OPERATORS.map(([method, path, line]) => [method, path, line] as const),
    ['POST', '/agencies/1/notes', 'PUT,/agencies/1/notes'],
    ['POST', '/agencies/1/notes/a/increment', 'PUT,/agencies/1/notes/a'],
  ];

  test.each(WRITING)('%s %s is not, whatever the body', async (method, path, line) => {
    const door = await OpenDoor.open({ settings: { tokens } });
    const client = await Client.open(door.port);
    // Nothing of its body comes.
    client.send(
      `${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n` +
        `Authorization: Bearer ${AUDIT}\r\n\r\n`,
    );
    await client.expectMatch(/HTTP\/1\.1 403 [^]*"code":"forbidden"/);
    client.socket.destroy();
    expect(door.lines).toEqual([`${line},403,0`]);
  });

  test("another agency's notes cannot be written or counted", async () => {
    const door = await OpenDoor.open({ clock: new FakeClock(), settings: { tokens } });
    const headers = { ...FORM, authorization: `Bearer ${TWO}` };
    for (const path of ['/agencies/1/notes', '/agencies/1/notes/a/increment']) {
      expect((await door.ask('POST', path, { headers, body: 'a=1' })).status).toBe(403);
      expect((await door.ask('POST', path, { headers: FORM, body: 'a=1' })).status).toBe(401);
    }
    expect(door.lines).toEqual(['PUT,/agencies/1/notes,403,0', 'PUT,/agencies/1/notes/a,403,0']);
    door.lottery.close();
    expect(door.lines.at(-1)).toBe('REFUSED,*,401,2');
  });

  test("all may read the lottery's notes", async () => {
    const door = await OpenDoor.open({ settings: { tokens, address: '0.0.0.0' } });
    await door.ask('PUT', '/notes/a', { headers: { authorization: `Bearer ${ALL}` }, body: 'x' });
    const headers = { host: 'lottery.example' };
    for (const path of ['/notes/a', '/notes']) {
      expect((await door.ask('GET', path, { headers })).status).toBe(200);
    }
    expect((await door.ask('GET', '/notes/b', { headers })).status).toBe(404);
    expect(door.lines.slice(1)).toEqual(['GET,/notes/a,200,0', 'GET,/notes,200,0', 'GET,/notes/b,404,0']);
  });

  test('the door may listen anywhere, and be called by any name', async () => {
    const door = await OpenDoor.open({ settings: { tokens, address: '0.0.0.0' } });
    const headers = { authorization: `Bearer ${ONE}`, host: 'lottery.example' };
    expect((await door.putCsv(1, 1, CSV_LINE, headers)).status).toBe(201);
  });

  test('refusals are counted', async () => {
    const door = await OpenDoor.open({ settings: { tokens } });
    await door.putCsv(1, 1, CSV_LINE);
    await door.putCsv(1, 1, CSV_LINE, { authorization: `Bearer ${TWO}` });
    expect(door.telemetry.refusals).toEqual([
      { door: 'http', code: 'unauthorized', count: 1 },
      { door: 'http', code: 'forbidden', count: 1 },
    ]);
    expect(door.log.events.join()).not.toContain(TWO);
  });
});

describe('without tokens', () => {
  test.each(GUARDED)(
    '%s %s is open on a loopback address, called by its own name',
    async (method, path, passed) => {
      const door = await OpenDoor.open();
      const body = method === 'PUT' ? CSV_LINE : '';
      const ask = (host: string) => door.ask(method, path, { headers: { ...CSV, host }, body });
      for (const host of [
        'lottery.example',
        `lottery.example:${door.port}`,
        '127.0.0.1.example',
        '10.0.0.1',
        '[::2]',
      ]) {
        expect(await ask(host)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      }
      expect((await ask(`LOCALHOST:${door.port}`)).status).toBe(passed);
      for (const host of ['127.0.0.1', '127.1.2.3:80', '[::1]:80', 'localhost']) {
        expect((await ask(host)).status).not.toBe(403);
      }
    },
  );

  const EVERYTHING = [
    ...OPEN,
    '/',
    '/assets/page.css',
    '/healthz',
    '/readyz',
    '/metrics',
    '/events',
    '/nothing',
  ];

  test.each([...GUARDED.map(([method, path]) => [method, path]), ...EVERYTHING.map((path) => ['GET', path])])(
    '%s %s is for this machine alone',
    async (method, path) => {
      const door = await OpenDoor.open({ registersWatch: true });
      const body = method === 'PUT' ? CSV_LINE : '';
      for (const headers of [{ host: 'evil.example' }, { host: `evil.example:${door.port}` }, ...FROM_AFAR]) {
        const answer = await door.ask(method, path, { headers: { ...CSV, ...headers }, body });
        expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      }
    },
  );

  test.each(OPERATORS)('%s %s is for this machine', async (method, path, _line, passed) => {
    const door = await OpenDoor.open();
    const ask = (headers: Header): Promise<{ status: number }> =>
      door.ask(method, path, { headers: { ...FORM, ...headers }, body: 'b=1' });
    expect((await ask({ host: 'lottery.example' })).status).toBe(403);
    for (const headers of FROM_AFAR) expect((await ask(headers)).status).toBe(403);
    expect((await ask({})).status).toBe(passed);
    const open = await OpenDoor.open({ settings: { address: '0.0.0.0' } });
    expect((await open.ask(method, path, { headers: FORM, body: 'b=1' })).status).toBe(403);
  });

  test.each(['http://localhost', 'http://127.0.0.1:8080', 'https://[::1]:3000'])(
    'a page from %s is of this machine',
    async (origin) => {
      const door = await OpenDoor.open();
      const { status } = await door.ask('POST', '/notes', { headers: { ...FORM, origin }, body: 'a=1' });
      expect(status).toBe(201);
    },
  );

  test.each(['none', 'same-origin', 'same-site'])(
    'a page of this machine (%s) is not from afar',
    async (site) => {
      const door = await OpenDoor.open();
      const headers = { 'sec-fetch-site': site };
      expect((await door.ask('GET', '/draw', { headers })).status).toBe(200);
      expect((await door.putCsv(1, 1, CSV_LINE, headers)).status).toBe(201);
    },
  );

  test('a program of this machine that names no host may ask, and not bet', async () => {
    const door = await OpenDoor.open({ registersWatch: true });
    const statusOf = async (line: string): Promise<string> => {
      const client = await Client.open(door.port);
      client.send(`${line} HTTP/1.0\r\n\r\n`);
      await client.expectEnd();
      client.socket.destroy();
      return client.received.slice(9, 12);
    };
    expect(await statusOf('GET /readyz')).toBe('503');
    expect(await statusOf('GET /healthz')).toBe('200');
    expect(await statusOf('PUT /agencies/1/finish')).toBe('403');
    expect(await statusOf('GET http://evil.example/healthz')).toBe('403');
  });

  test('nobody may bet when the door listens elsewhere', async () => {
    const door = await OpenDoor.open({ clock: new FakeClock(), settings: { address: '0.0.0.0' } });
    for (const [method, path] of GUARDED) {
      const answer = await door.ask(method, path, { headers: CSV, body: method === 'PUT' ? CSV_LINE : '' });
      expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      expect(answer.text).toContain('HTTP_TOKENS_FILE');
    }
    door.lottery.close();
    expect(door.lines).toEqual([`REFUSED,*,403,${GUARDED.length}`]);
  });

  test.each(ELSEWHERE)('%s is elsewhere', (address) => {
    const access = new Access({ tokens: new CurrentTokens(undefined), address });
    expect(() => access.requireWriting(1, { headers: { host: 'localhost' } })).toThrow('this needs a token');
  });

  test.each(LOOPBACK)('%s is a loopback address', (address) => {
    const access = new Access({ tokens: new CurrentTokens(undefined), address });
    expect(() => access.requireWriting(1, { headers: { host: 'localhost' } })).not.toThrow();
    expect(() => access.requireWriting(1, { headers: {} })).toThrow('the Host must be localhost');
  });
});

test.each(OPEN)('%s is open to all, with tokens or on another address', async (path) => {
  for (const settings of [{ tokens }, { address: '0.0.0.0' }]) {
    const door = await OpenDoor.open({ settings });
    for (const headers of [{ host: 'lottery.example' }, ...FROM_AFAR]) {
      expect((await door.ask('GET', path, { headers })).status).toBe(200);
    }
  }
});

describe('who asks is seen, by what right', () => {
  const request = (token?: string) => ({
    headers: { host: 'localhost', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });

  test('with its token, also when it may not do what it asks for', () => {
    const seen = jest.fn();
    const access = new Access({ tokens, address: '0.0.0.0' }, seen);
    access.requireReading(1, request(AUDIT));
    expect(() => access.requireWriting(1, request(TWO))).toThrow("another agency's");
    expect(() => access.requireReading(1, request('token-of-nobody-here'))).toThrow('needs Authorization');
    access.requireNear(request());
    expect(seen.mock.calls).toEqual([
      [AUDITOR, 'token'],
      [2, 'token'],
    ]);
  });

  test('or unproven, from this machine', () => {
    const seen = jest.fn();
    const access = new Access({ tokens: new CurrentTokens(undefined), address: '127.0.0.1' }, seen);
    access.requireWriting(1, request());
    expect(() => access.requireWriting(1, { headers: {} })).toThrow('the Host must be localhost');
    expect(seen.mock.calls).toEqual([[OPERATOR, 'none']]);
  });

  test('and the telemetry knows', async () => {
    const door = await OpenDoor.open({ settings: { tokens } });
    await door.ask('GET', '/agencies/1/winners', { headers: { authorization: `Bearer ${ONE}` } });
    expect(door.telemetry.presences.of(1)).toMatchObject({
      connections: 0,
      seen: { right: 'token', door: 'http' },
    });
  });
});

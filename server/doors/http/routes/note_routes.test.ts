import { Answer, AskOptions, closeDoors, OpenDoor } from '../testing/open_door';

afterEach(closeDoors);

const NOTE = '/agencies/1/notes/a';
const PAYLOAD_BYTES = 100_000;

function put(door: OpenDoor, body: string | Buffer, headers = {}, path = NOTE): Promise<Answer> {
  return door.ask('PUT', path, { headers, body });
}

describe.each(['/agencies/1/notes', '/notes'])('a note in %s', (notes) => {
  const path = `${notes}/greeting`;

  test('is written, read, replaced and removed, each with its line', async () => {
    const door = await OpenDoor.open();
    const written = await put(door, 'Hello', { 'request-id': 'one' }, path);
    expect(written).toMatchObject({
      status: 201,
      json: { name: 'greeting', bytes: 5, outcome: 'created' },
      headers: { etag: '"1.0"', 'request-id': 'one', 'cache-control': 'no-store' },
    });
    expect(await door.ask('GET', path)).toMatchObject({
      status: 200,
      text: 'Hello',
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': '5',
        etag: '"1.0"',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      },
    });
    expect(await put(door, 'Bye', {}, path)).toMatchObject({
      status: 200,
      json: { name: 'greeting', bytes: 3, outcome: 'replaced' },
      headers: { etag: '"3.0"' },
    });
    expect(await door.ask('DELETE', path)).toMatchObject({
      status: 200,
      json: { name: 'greeting', outcome: 'deleted' },
    });
    for (const method of ['DELETE', 'GET']) {
      expect(await door.ask(method, path)).toMatchObject({ status: 404, json: { code: 'not-found' } });
    }
    expect(door.lines).toEqual([
      `PUT,${path},201,one`,
      `GET,${path},200,0`,
      `PUT,${path},200,0`,
      `DELETE,${path},200,0`,
      `DELETE,${path},404,0`,
      `GET,${path},404,0`,
    ]);
  });

  test('is counted', async () => {
    const door = await OpenDoor.open();
    const count = (query = ''): Promise<Answer> => door.ask('POST', `${path}/increment${query}`);
    expect(await count()).toMatchObject({
      status: 201,
      json: { name: 'greeting', value: '1' },
      headers: { etag: '"1.0"' },
    });
    expect(await count('?by=9007199254740991')).toMatchObject({
      status: 200,
      json: { value: '9007199254740992' },
      headers: { etag: '"2.0"' },
    });
    await put(door, '18446744073709551614', {}, path);
    expect((await count()).json).toEqual({ name: 'greeting', value: '18446744073709551615' });
    expect(await count()).toMatchObject({ status: 409, json: { code: 'not-a-number' } });
    await put(door, '1.5', {}, path);
    expect(await count()).toMatchObject({ status: 409, json: { code: 'not-a-number' } });
    expect((await door.ask('GET', path)).text).toBe('1.5');
    expect(door.lines.map((line) => line.replace(path, 'N'))).toEqual([
      'PUT,N,201,0',
      'PUT,N,200,0',
      'PUT,N,200,0',
      'PUT,N,200,0',
      'PUT,N,409,0',
      'PUT,N,200,0',
      'PUT,N,409,0',
      'GET,N,200,0',
    ]);
  });
});

describe('a note', () => {
  test('belongs to its owner', async () => {
    const door = await OpenDoor.open();
    for (const [path, text] of [
      ['/notes/a', 'of all'],
      [NOTE, 'of one'],
      ['/agencies/3/notes/a', 'of three'],
    ] as const) {
      expect((await put(door, text, {}, path)).status).toBe(201);
    }
    expect((await door.ask('GET', '/notes/a')).text).toBe('of all');
    expect((await door.ask('GET', NOTE)).text).toBe('of one');
    expect((await door.ask('GET', '/agencies/2/notes/a')).status).toBe(404);
  });

  test.each<[string, Record<string, string>]>([
    ['no media type', {}],
    ['any media type', { 'content-type': 'text/html; charset=utf-8' }],
    ['that of a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no encoding', { 'content-encoding': 'identity' }],
  ])('of any bytes is given back as it came, with %s', async (_, headers) => {
    const door = await OpenDoor.open();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_byte, value) => value));
    expect((await put(door, bytes, headers)).status).toBe(201);
    const answer = await fetch(`http://127.0.0.1:${door.port}${NOTE}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('may be empty, and as long as a payload', async () => {
    const door = await OpenDoor.open();
    expect((await put(door, '')).status).toBe(201);
    expect(await door.ask('GET', NOTE)).toMatchObject({ text: '', headers: { 'content-length': '0' } });
    expect((await put(door, Buffer.alloc(PAYLOAD_BYTES))).status).toBe(200);
    expect((await door.ask('HEAD', NOTE)).headers['content-length']).toBe(String(PAYLOAD_BYTES));
    expect(await put(door, Buffer.alloc(PAYLOAD_BYTES + 1))).toMatchObject({
      status: 413,
      json: { code: 'too-large' },
    });
    expect(door.lines.at(-1)).toBe(`PUT,${NOTE},413,0`);
  });

  test('is not taken when it is compressed', async () => {
    const door = await OpenDoor.open();
    const answer = await put(door, 'x', { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 415, headers: { 'accept-encoding': 'identity' } });
    expect(door.lines).toEqual([`PUT,${NOTE},415,0`]);
  });

  test('is written only if it is as it was to be', async () => {
    const door = await OpenDoor.open();
    const failed = { status: 412, json: { code: 'precondition-failed' } };
    expect(await put(door, '1', { 'if-match': '*' })).toMatchObject(failed);
    expect(await put(door, '1', { 'if-match': '"1.0"' })).toMatchObject(failed);
    const { headers } = await put(door, '1', { 'if-none-match': '*' });
    const etag = headers.etag!;
    expect(await put(door, '2', { 'if-none-match': '*' })).toMatchObject(failed);
    expect(await put(door, '2', { 'if-match': `W/${etag}` })).toMatchObject(failed);
    expect((await put(door, '2', { 'if-match': etag })).status).toBe(200);
    expect(await put(door, '3', { 'if-match': etag })).toMatchObject(failed);
    expect((await put(door, '3', { 'if-match': '*' })).status).toBe(200);
    expect((await door.ask('GET', NOTE)).text).toBe('3');
    expect(door.lines.map((line) => line.split(',')[2])).toEqual([
      '412',
      '412',
      '201',
      '412',
      '412',
      '200',
      '412',
      '200',
      '200',
    ]);
    expect(door.telemetry.refusals).toEqual([]);
  });

  test('is removed only if it is as it was to be', async () => {
    const door = await OpenDoor.open();
    const remove = (headers: AskOptions['headers']): Promise<Answer> =>
      door.ask('DELETE', NOTE, { headers: headers! });
    expect((await remove({ 'if-match': '*' })).status).toBe(412);
    await put(door, '1');
    const { headers } = await put(door, '2');
    expect((await remove({ 'if-match': '"2.0"' })).status).toBe(412);
    expect((await remove({ 'if-match': '"other"' })).status).toBe(412);
    expect((await remove({ 'if-match': headers.etag! })).status).toBe(200);
    expect(door.lines.filter((line) => line.startsWith('DELETE'))).toEqual([
      ...Array<string>(3).fill(`DELETE,${NOTE},412,0`),
      `DELETE,${NOTE},200,0`,
    ]);
  });

  test.each([
    ['PUT', NOTE, 'PUT', { 'if-match': '"1.0", "2.0"' }],
    ['PUT', NOTE, 'PUT', { 'if-match': ['"1.0"', '"2.0"'] }],
    ['PUT', NOTE, 'PUT', { 'if-none-match': '"1.0"' }],
    ['PUT', NOTE, 'PUT', { 'if-none-match': '*', 'if-match': '*' }],
    ['DELETE', NOTE, 'DELETE', { 'if-none-match': '*' }],
    ['GET', NOTE, 'GET', { 'if-match': '*' }],
    ['POST', `${NOTE}/increment`, 'PUT', { 'if-match': '*' }],
    ['POST', `${NOTE}/increment`, 'PUT', { 'if-none-match': '*' }],
  ])('%s %s has the line of %s when it is refused for %j', async (method, path, action, headers) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { headers, body: '' });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request' } });
    expect(door.lines).toEqual([`${action},${NOTE},400,0`]);
  });

  test('is not sent again to who has it; its line is that of any GET', async () => {
    const door = await OpenDoor.open();
    await put(door, 'Hello');
    for (const known of ['"1.0"', 'W/"1.0"', '"0.0", "1.0"', '*']) {
      const answer = await door.ask('GET', NOTE, { headers: { 'if-none-match': known } });
      expect(answer).toMatchObject({ status: 304, text: '', headers: { etag: '"1.0"' } });
      expect(answer.headers['content-type']).toBeUndefined();
    }
    const changed = await door.ask('GET', NOTE, { headers: { 'if-none-match': '"2.0"' } });
    expect(changed).toMatchObject({ status: 200, text: 'Hello' });
    expect(door.lines.slice(1)).toEqual(Array(5).fill(`GET,${NOTE},200,0`));
  });

  test('for HEAD is as for GET, without the value', async () => {
    const door = await OpenDoor.open();
    await put(door, 'Hello');
    const answer = await door.ask('HEAD', NOTE);
    expect(answer).toMatchObject({
      status: 200,
      text: '',
      headers: { etag: '"1.0"', 'content-length': '5' },
    });
    expect(door.lines.at(-1)).toBe(`GET,${NOTE},200,0`);
  });

  test('is the same one however its name is encoded; its lines have the plain name', async () => {
    const door = await OpenDoor.open();
    await put(door, '1', {}, '/agencies/1/notes/%61%7e');
    expect((await door.ask('GET', '/%61gencies/%31/notes/a~')).text).toBe('1');
    await put(door, '1', { 'if-none-match': 'x' }, '/agencies/1/notes/%61%7e');
    await door.ask('POST', '/agencies/1/notes/%61%7E/increment?by=0');
    await door.ask('DELETE', '/notes/%61');
    expect(door.lines).toEqual([
      'PUT,/agencies/1/notes/a~,201,0',
      'GET,/agencies/1/notes/a~,200,0',
      'PUT,/agencies/1/notes/a~,400,0',
      'PUT,/agencies/1/notes/a~,400,0',
      'DELETE,/notes/a,404,0',
    ]);
  });

  test.each(['%C3%B1', 'a%2Fb', 'a%20b', 'a+b', 'a%00', 'a%0A', 'a@b', '%2525', 'a'.repeat(201)])(
    'has no name %s',
    async (name) => {
      const door = await OpenDoor.open();
      for (const path of [`/notes/${name}`, `/agencies/1/notes/${name}`]) {
        for (const method of ['GET', 'PUT', 'DELETE']) {
          const answer = await door.ask(method, path);
          expect(answer).toMatchObject({ status: 404, json: { code: 'not-found' } });
          expect(door.lines.at(-1)).toBe(`${method},${path},404,0`);
        }
      }
      expect(door.lines).toHaveLength(6);
    },
  );

  test('may have the longest name, which a path with it can hold', async () => {
    const door = await OpenDoor.open();
    const name = '~'.repeat(200);
    expect((await put(door, '1', {}, `/agencies/1/notes/${name}`)).status).toBe(201);
    const counted = await door.ask('POST', `/agencies/1/notes/${name}/increment`);
    expect(counted.json).toEqual({ name, value: '2' });
    expect((await put(door, '1', {}, `/agencies/1/notes/${'%7e'.repeat(100)}`)).status).toBe(414);
    expect(door.lines).toHaveLength(2);
  });

  test.each([
    ['PUT', '/agencies/4/notes/a', 'PUT,/agencies/4/notes/a'],
    ['GET', '/agencies/4/notes/a', 'GET,/agencies/4/notes/a'],
    ['DELETE', '/agencies/4/notes/a', 'DELETE,/agencies/4/notes/a'],
    ['POST', '/agencies/4/notes/a/increment', 'PUT,/agencies/4/notes/a'],
    ['GET', '/agencies/4/notes', 'GET,/agencies/4/notes'],
  ])('%s %s: there is no such agency', async (method, path, line) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { body: method === 'PUT' ? 'x' : '' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'unknown-agency' } });
    expect(door.lines).toEqual([`${line},404,0`]);
  });

  test.each([
    ['POST', NOTE, 'DELETE, GET, HEAD, PUT'],
    ['PATCH', '/notes/a', 'DELETE, GET, HEAD, PUT'],
    ['PUT', '/notes', 'GET, HEAD, POST'],
    ['DELETE', '/agencies/1/notes', 'GET, HEAD, POST'],
    ['GET', '/notes/a/increment', 'POST'],
    ['PUT', `${NOTE}/increment`, 'POST'],
  ])('%s %s has another method: no line', async (method, path, allow) => {
    const door = await OpenDoor.open();
    const answer = await door.ask(method, path, { body: 'x' });
    expect(answer).toMatchObject({ status: 405, json: { code: 'method-not-allowed' } });
    expect(answer.headers.allow).toBe(allow);
    expect(door.lines).toEqual([]);
  });

  test.each([
    ['DELETE', '/agencies/x/notes/a', 'DELETE'],
    ['POST', '/agencies/01/notes', 'PUT'],
    ['DELETE', '/notes/a/b', 'DELETE'],
    ['POST', '/notes/a/b', 'PUT'],
    ['DELETE', '/agencies/1/nothing', 'DELETE'],
  ])('%s %s: there is nothing', async (method, path, action) => {
    const door = await OpenDoor.open();
    expect(await door.ask(method, path)).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(door.lines).toEqual([`${action},${path},404,0`]);
  });

  test.each(['?by=0', '?by=-1', '?by=1.5', '?by=1e3', '?by=9007199254740992', '?by=', '?by=1&by=2', '?to=1'])(
    'is not counted for %s',
    async (query) => {
      const door = await OpenDoor.open();
      const answer = await door.ask('POST', `${NOTE}/increment${query}`);
      expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request' } });
      expect(door.lines).toEqual([`PUT,${NOTE},400,0`]);
    },
  );

  test('is counted and removed whatever body is sent', async () => {
    const door = await OpenDoor.open();
    const options = { headers: { 'content-type': 'text/plain' }, body: '{"by":5}' };
    expect((await door.ask('POST', `${NOTE}/increment`, options)).json).toMatchObject({ value: '1' });
    expect((await door.ask('DELETE', NOTE, options)).status).toBe(200);
  });

  test('for which the owner has no room is refused', async () => {
    const door = await OpenDoor.open();
    const many = Array.from({ length: 1_000 }, (_, index) => `n${index}=`).join('&');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await door.ask('POST', '/agencies/1/notes', { headers, body: many })).status).toBe(201);
    const refused = { status: 507, json: { code: 'notes-full' } };
    expect(await put(door, 'x')).toMatchObject(refused);
    expect(await door.ask('POST', `${NOTE}/increment`)).toMatchObject(refused);
    expect(await door.ask('POST', '/agencies/1/notes', { headers, body: 'n1=x&a=x' })).toMatchObject(refused);
    expect((await put(door, 'x', {}, '/agencies/1/notes/n1')).status).toBe(200);
    expect((await put(door, 'x', {}, '/agencies/2/notes/a')).status).toBe(201);
    expect(door.lines.slice(1_000)).toEqual([
      `PUT,${NOTE},507,0`,
      `PUT,${NOTE},507,0`,
      'PUT,/agencies/1/notes/n1,507,0',
      `PUT,${NOTE},507,0`,
      'PUT,/agencies/1/notes/n1,200,0',
      'PUT,/agencies/2/notes/a,201,0',
    ]);
  });

  test('that is not there is an ordinary answer: neither counted nor told', async () => {
    const door = await OpenDoor.open();
    await door.ask('GET', '/notes/notice');
    await door.ask('DELETE', '/notes/notice');
    expect(door.telemetry.refusals).toEqual([]);
    expect(door.log.of('refuse_message')).toEqual([]);
  });
});

import { Answer, closeDoors, OpenDoor } from '../testing/open_door';

afterEach(closeDoors);

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function post(door: OpenDoor, path: string, body: string | Buffer, headers = {}): Promise<Answer> {
  return door.ask('POST', path, { headers: { ...FORM, ...headers }, body });
}

describe.each(['/agencies/1/notes', '/notes'])('%s', (notes) => {
  test('are listed in pages, in the order of their bytes', async () => {
    const door = await OpenDoor.open();
    expect((await door.ask('GET', notes)).json).toEqual({ notes: [], next: null });
    await post(door, notes, 'b=22&~=&B=1');
    await door.ask('PUT', `${notes}/a:1`, { body: 'xyz' });
    const listed = async (query: string) => (await door.ask('GET', `${notes}${query}`)).json;
    const upper = { name: 'B', bytes: 1, etag: '"2.0"' };
    const lower = { name: 'a:1', bytes: 3, etag: '"5.0"' };
    const two = { name: 'b', bytes: 2, etag: '"2.0"' };
    const none = { name: '~', bytes: 0, etag: '"2.0"' };
    expect(await listed('')).toEqual({ notes: [upper, lower, two, none], next: null });
    expect(await listed('?limit=2')).toEqual({ notes: [upper, lower], next: 'a:1' });
    expect(await listed('?limit=2&after=a:1')).toEqual({ notes: [two, none], next: null });
    expect(await listed('?limit=4')).toMatchObject({ next: null });
    expect(await listed('?after=C')).toMatchObject({ notes: [lower, two, none] });
    expect(await listed('?after=a%3A1')).toMatchObject({ notes: [two, none] });
    expect(await listed('?after=')).toMatchObject({ notes: { length: 4 } });
    expect(await listed('?after=123')).toMatchObject({ notes: { length: 4 } });
    expect(door.lines.at(-1)).toBe(`GET,${notes},200,0`);
  });

  test('are written several at once, each with its line', async () => {
    const door = await OpenDoor.open();
    expect(await post(door, notes, 'a=1&b=x+%ff&c=', { 'request-id': 'r' })).toMatchObject({
      status: 201,
      json: { stored: 3, created: 3 },
    });
    expect(await post(door, notes, 'a=2&b=3')).toMatchObject({
      status: 200,
      json: { stored: 2, created: 0 },
    });
    expect(await post(door, notes, 'b=4&d=5&b=6')).toMatchObject({
      status: 201,
      json: { stored: 2, created: 1 },
    });
    expect((await door.ask('GET', `${notes}/b`)).text).toBe('6');
    expect((await door.ask('GET', `${notes}/c`)).headers['content-length']).toBe('0');
    expect(door.lines).toEqual([
      ...['a', 'b', 'c'].map((name) => `PUT,${notes}/${name},201,r`),
      ...['a', 'b'].map((name) => `PUT,${notes}/${name},200,0`),
      `PUT,${notes}/b,200,0`,
      `PUT,${notes}/d,201,0`,
      `GET,${notes}/b,200,0`,
      `GET,${notes}/c,200,0`,
    ]);
  });

  test.each([
    ['no pairs', '', {}, 400],
    ['a pair without =', 'a=1&secret', {}, 400],
    ['a bad percent encoding', 'a=1&secret=%zz', {}, 400],
    ['a bad name', 'a=1&se+cret=1', {}, 400],
    ['too many pairs', Array<string>(2_000).fill('secret=1').join('&'), {}, 413],
    ['too many bytes', `a=${'x'.repeat(60_000)}&b=${'x'.repeat(40_000)}`, {}, 413],
    ['too large a body', `a=${'x'.repeat(1_300_000)}`, {}, 413],
    ['no media type', 'a=1', { 'content-type': '' }, 415],
    ['another media type', 'a=1', { 'content-type': 'text/plain' }, 415],
    ['a media type that only begins so', 'a=1', { 'content-type': `${FORM['content-type']}x` }, 415],
    ['a compressed body', 'a=1', { 'content-encoding': 'gzip' }, 415],
    ['If-Match', 'a=1', { 'if-match': '*' }, 400],
    ['If-None-Match', 'a=1', { 'if-none-match': '*' }, 400],
  ])('are not written for %s: none of them', async (_, body, headers, status) => {
    const door = await OpenDoor.open();
    const answer = await post(door, notes, body, headers);
    expect(answer).toMatchObject({ status, json: { status } });
    expect(answer.text).not.toContain('secret');
    expect(door.log.events.join()).not.toContain('secret');
    expect(door.lines).toEqual([`PUT,${notes},${status},0`]);
    expect((await door.ask('GET', notes)).json).toMatchObject({ notes: [] });
  });

  test.each([
    '?limit=0',
    '?limit=1001',
    '?limit=x',
    '?after=a&after=b',
    '?after=%C3%B1',
    '?after=a+b',
    '?after=%zz',
    '?after[]=a',
    `?after=${'a'.repeat(201)}`,
    '?name=a',
    '?__proto__=1',
  ])('are not listed for %s', async (query) => {
    const door = await OpenDoor.open();
    expect(await door.ask('GET', `${notes}${query}`)).toMatchObject({
      status: 400,
      json: { code: 'bad-request' },
    });
    expect(door.lines).toEqual([`GET,${notes},400,0`]);
  });
});

test.each(['; charset=UTF-8', ';charset=latin1'])(
  'a form may have parameters (%s): they change nothing',
  async (more) => {
    const door = await OpenDoor.open();
    const type = `Application/X-WWW-Form-Urlencoded${more}`;
    await post(door, '/notes', Buffer.from('a=\xc3', 'latin1'), { 'content-type': type });
    const answer = await fetch(`http://127.0.0.1:${door.port}/notes/a`);
    expect([...Buffer.from(await answer.arrayBuffer())]).toEqual([0xc3]);
  },
);

test('a thousand notes are listed in one page', async () => {
  const door = await OpenDoor.open({ settings: { maxPayloadBytes: 1_000_000 } });
  const names = Array.from(
    { length: 1_000 },
    (_, index) => `${String(index).padStart(3, '0')}${'~'.repeat(197)}`,
  );
  expect((await post(door, '/notes', names.map((name) => `${name}=`).join('&'))).status).toBe(201);
  const { json, text } = await door.ask('GET', '/notes?limit=1000');
  expect(json).toMatchObject({ notes: { length: 1_000 }, next: null });
  expect(text.length).toBeLessThan(1_000 * 320);
  expect((await door.ask('GET', '/notes')).json).toMatchObject({ notes: { length: 100 }, next: names[99] });
});

test('a form for an agency that the lottery does not have is refused', async () => {
  const door = await OpenDoor.open();
  expect((await post(door, '/agencies/4/notes', 'a=1&b=2')).json).toMatchObject({ code: 'unknown-agency' });
  expect(door.lines).toEqual(['PUT,/agencies/4/notes,404,0']);
});

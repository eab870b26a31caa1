import { payloadCheck } from '../../../../protocol/payload_check';
import { closeDoors, CSV, CSV_LINE, JSON_BODY, OpenDoor } from '../testing/open_door';

afterEach(closeDoors);

describe('the agencies', () => {
  const none = { bets: 0, batches: 0, last_batch_id: 0, last_bet_id: 0, finished: false };

  test('are listed in pages', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(2, 1, CSV_LINE);
    await door.finish(2);
    const sums = { agency: 2, bets: 1, batches: 1, last_batch_id: 1, last_bet_id: 1, finished: true };
    const check = payloadCheck(Buffer.from(`;2,${CSV_LINE.trim()}`));
    const all = [{ agency: 1, ...none }, sums, { agency: 3, ...none }];
    const pageOf = async (query: string) => (await door.ask('GET', `/agencies${query}`)).json;
    expect(await pageOf('')).toEqual({ agencies: all, next: null });
    expect(await pageOf('?limit=2')).toEqual({ agencies: all.slice(0, 2), next: 2 });
    expect(await pageOf('?after=2&limit=2')).toEqual({ agencies: all.slice(2), next: null });
    expect(await pageOf('?after=999999999999999')).toEqual({ agencies: [], next: null });
    expect((await door.ask('GET', '/agencies/2')).json).toEqual({ ...sums, check });
    expect((await door.ask('GET', '/agencies/1')).json).toEqual({ agency: 1, ...none, check: 0 });
    expect(door.lines.at(-1)).toBe('GET,/agencies/1,200,0');
    expect(door.lines.at(-2)).toBe('GET,/agencies/2,200,0');
    expect(door.lines.at(-3)).toBe('GET,/agencies,200,0');
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

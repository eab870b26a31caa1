import { closeDoors, CSV, CSV_LINE, OpenDoor } from '../testing/open_door';
import { Access } from './access';
import { OPERATOR, TokenHolder, Tokens } from './tokens';

afterEach(closeDoors);

const ONE = 'token-of-agency-one';
const TWO = 'token-of-agency-two';
const ALL = 'token-of-the-operator';
const tokens = new Tokens(
  new Map<TokenHolder, string>([
    [OPERATOR, ALL],
    [1, ONE],
    [2, TWO],
  ]),
);

/** What needs a token, and what is answered when it may pass. */
const GUARDED = [
  ['PUT', '/agencies/1/batches/1', 201],
  ['GET', '/agencies/1/batches/1', 404],
  ['PUT', '/agencies/1/finish', 200],
  ['GET', '/agencies/1/winners', 409],
] as const;
const OPEN = ['/agencies', '/agencies/1', '/draw', '/openapi.json'];
const ELSEWHERE = ['0.0.0.0', '::', '192.0.2.1', '1127.0.0.1', 'lottery.example', 'localhost.example'];
const LOOPBACK = ['127.0.0.1', '127.8.9.10', '::1', 'localhost'];

type Header = Readonly<Record<string, string | string[]>>;

describe('with tokens', () => {
  test.each(GUARDED)('%s %s needs a token that is good for the agency', async (method, path, passed) => {
    const door = await OpenDoor.open({ settings: { tokens } });
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

  test('nobody may bet when the door listens elsewhere', async () => {
    const door = await OpenDoor.open({ settings: { address: '0.0.0.0' } });
    for (const [method, path] of GUARDED) {
      const answer = await door.ask(method, path, { headers: CSV, body: method === 'PUT' ? CSV_LINE : '' });
      expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      expect(answer.text).toContain('HTTP_TOKENS_FILE');
    }
    door.lottery.close();
    expect(door.lines).toEqual([`REFUSED,*,403,${GUARDED.length}`]);
  });

  test.each(ELSEWHERE)('%s is elsewhere', (address) => {
    const access = new Access({ tokens: undefined, address });
    expect(() => access.require(1, { host: 'localhost' })).toThrow('this needs a token');
  });

  test.each(LOOPBACK)('%s is a loopback address', (address) => {
    const access = new Access({ tokens: undefined, address });
    expect(() => access.require(1, { host: 'localhost' })).not.toThrow();
    expect(() => access.require(1, {})).toThrow('the Host must be localhost');
  });
});

test.each(OPEN)('%s is open', async (path) => {
  for (const settings of [{ tokens }, {}]) {
    const door = await OpenDoor.open({ settings });
    expect((await door.ask('GET', path, { headers: { host: 'lottery.example' } })).status).toBe(200);
  }
});

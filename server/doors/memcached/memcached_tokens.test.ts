/** Who is who at the memcached door, by a token. */
import { CurrentTokens } from '../identity/current_tokens';
import { AUDITOR, OPERATOR } from '../identity/party';
import { tokensOf } from '../identity/testing/tokens_of';
import { OpenMemcached } from './testing/open_memcached';

const CSV = '1,Ana,Paz,31204458,1987-03-17,7574\n';
const OTHER_CSV = '1,Eva,Paz,31204458,1987-03-17,7574\n';
const TOKENS = tokensOf(
  [OPERATOR, 'token-of-the-operator'],
  [AUDITOR, 'token-of-the-auditor'],
  [1, 'token-of-agency-one'],
  [2, 'token-of-agency-two'],
);
const set = (key: string, value: string): string => `set ${key} 0 0 ${value.length}\r\n${value}\r\n`;
const lines = (...replies: string[]): string => replies.map((reply) => `${reply}\r\n`).join('');
const login = (user: string, token: string): string => set('auth', `${user} ${token}`);

let tokens: CurrentTokens;
let door: OpenMemcached;
beforeEach(async () => {
  tokens = new CurrentTokens(TOKENS);
  door = await OpenMemcached.open({ tokens });
});
afterEach(() => door.close());

test('nothing is done before the first set has carried one', async () => {
  expect(await door.ask(`get a\r\nversion\r\nadd a 0 0 1\r\nx\r\n`)).toBe(
    lines('CLIENT_ERROR unauthenticated', 'CLIENT_ERROR unauthenticated', 'CLIENT_ERROR unauthenticated') +
      lines('CLIENT_ERROR unauthenticated'),
  );
  expect(await door.ask(login('1', 'token-of-agency-two') + 'get a\r\n')).toBe(
    lines('CLIENT_ERROR authentication failure'),
  );
  expect(door.lines).toEqual([]);
});

test('an agency has its own notes, and no others', async () => {
  const asOne = login('1', 'token-of-agency-one');
  expect(await door.ask(asOne + set('a', 'x') + 'get a /notes/a\r\n')).toBe(
    lines('STORED', 'STORED', 'VALUE a 0 1', 'x', 'END'),
  );
  const forbidden = "CLIENT_ERROR forbidden: this token is another's";
  expect(
    await door.ask(
      `${asOne}get /agencies/2/notes/a\r\n${set('/notes/a', 'x')}${set('/agencies/2/batches/1', CSV)}` +
        'delete /agencies/2/notes/a\r\nget /agencies/2/winners\r\nflush_all\r\nget a\r\n',
    ),
  ).toBe(lines('STORED', forbidden, forbidden, forbidden, forbidden, forbidden, 'OK', 'END'));
});

test('a token that is sent again is no value', async () => {
  const operator = login('operator', 'token-of-the-operator');
  const [one, two] = [login('1', 'token-of-agency-one'), login('2', 'token-of-agency-two')];
  expect(await door.ask(`${operator}${operator}get auth\r\n`)).toBe(lines('STORED', 'STORED', 'END'));
  expect(await door.ask(`${one}${two}${set('a', 'x')}get /agencies/2/notes/a auth\r\n`)).toBe(
    lines('STORED', 'STORED', 'STORED', 'VALUE /agencies/2/notes/a 0 1', 'x', 'END'),
  );
});

test('the auditor reads everything, and writes nothing', async () => {
  const auditor = login('auditor', 'token-of-the-auditor');
  await door.ask(
    login('operator', 'token-of-the-operator') +
      set('/agencies/2/notes/a', 'x') +
      set('notice', 'y') +
      set('/agencies/1/batches/1', CSV),
  );
  const before = door.lines.length;
  expect(
    await door.ask(
      `${auditor}get /agencies/2/notes/a notice /agencies/1/batches/1\r\nget /agencies/1/winners\r\n`,
    ),
  ).toBe(
    lines('STORED', 'VALUE /agencies/2/notes/a 0 1', 'x', 'VALUE notice 0 1', 'y') +
      lines(`VALUE /agencies/1/batches/1 0 ${CSV.length}`, CSV.trimEnd()).replace(/\r\n$/, '\n\r\n') +
      lines('END', 'CLIENT_ERROR not-drawn: the draw has not run: not all agencies have finished'),
  );
  expect(door.lines.length).toBe(before + 4);
  const writes =
    set('notice', 'z') +
    set('/agencies/2/notes/a', 'z') +
    set('/agencies/1/batches/2', OTHER_CSV) +
    set('/agencies/1/finish', '') +
    'delete notice\r\nincr notice 1\r\n';
  const forbidden = 'CLIENT_ERROR forbidden: the auditor reads, and writes nothing';
  expect(await door.ask(auditor + writes)).toBe(
    lines('STORED', ...Array.from({ length: 6 }, () => forbidden)),
  );
  expect(await door.ask(`${auditor}flush_all\r\n`)).toBe(lines('STORED', forbidden));
  expect(door.lines.slice(before + 4)).toEqual([
    'PUT,/notes/notice,403,0',
    'PUT,/agencies/2/notes/a,403,0',
    'PUT,/agencies/1/batches/2,403,0',
    'PUT,/agencies/1/finish,403,0',
    'DELETE,/notes/notice,403,0',
    'PUT,/notes/notice,403,0',
    'DELETE,/notes,403,0',
  ]);
});

describe('that end', () => {
  const asOne = login('1', 'token-of-agency-one');
  const withoutOne = tokensOf([2, 'token-of-agency-two'], [3, 'token-of-agency-three']);

  test.each(['get a\r\n', 'version\r\n', set('a', 'y'), 'incr a 1 noreply\r\n'])(
    'the connection is closed at its next command: %j',
    async (command) => {
      const client = await door.connect();
      client.send(asOne + set('a', 'x'));
      await client.expectReceived(lines('STORED', 'STORED'));
      tokens.replace(withoutOne);
      client.send(`${command}get a\r\n`);
      await client.expectEnd();
      expect(client.received).toBe(lines('STORED', 'STORED', 'CLIENT_ERROR unauthenticated'));
      expect(door.lines).toEqual(['PUT,/agencies/1/notes/a,201,0']);
      door.lottery.close();
      expect(door.lines.at(-1)).toBe('REFUSED,*,401,1');
    },
  );

  test('a token that is another party’s now is not good for the old one', async () => {
    const client = await door.connect();
    client.send(asOne);
    await client.expectReceived(lines('STORED'));
    tokens.replace(tokensOf([2, 'token-of-agency-one']));
    client.send('get a\r\n');
    await client.expectEnd();
    expect(client.received).toBe(lines('STORED', 'CLIENT_ERROR unauthenticated'));
  });

  test('whoever has kept theirs goes on, and new ones are good', async () => {
    const client = await door.connect();
    client.send(login('2', 'token-of-agency-two'));
    await client.expectReceived(lines('STORED'));
    tokens.replace(withoutOne);
    client.send('get a\r\n');
    await client.expectReceived(lines('STORED', 'END'));
    client.send('get a\r\n');
    await client.expectReceived(lines('STORED', 'END', 'END'));
    expect(await door.ask(`${login('3', 'token-of-agency-three')}get a\r\n`)).toBe(lines('STORED', 'END'));
  });
});

test('the operator has those of the lottery, and acts for all', async () => {
  expect(
    await door.ask(
      `${login('operator', 'token-of-the-operator')}${set('notice', 'closed')}${set('/agencies/2/notes/a', 'x')}` +
        'get /notes/notice\r\n',
    ),
  ).toBe(lines('STORED', 'STORED', 'STORED', 'VALUE /notes/notice 0 6', 'closed', 'END'));
});

test('a connection speaks for who it has said it is, until it says otherwise or is gone', async () => {
  const { presences } = door.telemetry;
  const client = await door.connect();
  client.send('version\r\n');
  await client.expectReceived(lines('CLIENT_ERROR unauthenticated'));
  expect(presences.of(1).connections).toBe(0);
  client.send(login('1', 'token-of-agency-one'));
  await client.expectReceived(lines('CLIENT_ERROR unauthenticated', 'STORED'));
  expect(presences.of(1)).toMatchObject({ connections: 1, right: 'token' });
  client.send(login('auditor', 'token-of-the-auditor'));
  await client.expectReceived(lines('CLIENT_ERROR unauthenticated', 'STORED', 'STORED'));
  expect([presences.of(1).connections, presences.of(AUDITOR).connections]).toEqual([0, 1]);
  client.send('quit\r\n');
  await client.expectEnd();
  expect(presences.of(AUDITOR).connections).toBe(0);
});

test('without tokens it is the operator, unproven', async () => {
  const open = await OpenMemcached.open();
  const client = await open.connect();
  client.send('version\r\n');
  await client.expectReceived(lines('VERSION 1.0.0'));
  expect(open.telemetry.presences.of(OPERATOR)).toMatchObject({ connections: 1, right: 'none' });
  await open.close();
});

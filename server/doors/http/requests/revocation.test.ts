/** Tokens that end while a request is under way. */
import { Client } from '../../agencies/testing/client';
import { CurrentTokens } from '../../identity/current_tokens';
import { AUDITOR, OPERATOR, Party } from '../../identity/party';
import { tokensOf } from '../../identity/testing/tokens_of';
import { HeldLedger } from '../../../ledger/testing/held_ledger';
import { settled } from '../../../testing/settled';
import { CSV_LINE, closeDoors, OpenDoor, TERMS } from '../testing/open_door';

afterEach(closeDoors);

const ONE = 'token-of-agency-one';
const ALL = 'token-of-the-operator';
const HELD: readonly (readonly [Party, string])[] = [
  [OPERATOR, ALL],
  [AUDITOR, 'token-of-the-auditor'],
  [1, ONE],
];
const BEARER_ONE = { authorization: `Bearer ${ONE}` };

let tokens: CurrentTokens;
let door: OpenDoor;
beforeEach(async () => {
  tokens = new CurrentTokens(tokensOf(...HELD));
  door = await OpenDoor.open({ settings: { tokens } });
});

/** Ends the tokens of agency 1. */
const revoke = (): void => tokens.replace(tokensOf(...HELD.slice(0, 2)));

/** The head of a request with agency 1's token, whose body is still to come. */
const headOf = (request: string, bodyBytes = 0): string =>
  `${request} HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: ${bodyBytes}\r\n` +
  `Authorization: Bearer ${ONE}\r\n\r\n`;

/** Waits until the door has begun with the requests that were sent before. */
const passThrough = (): Promise<unknown> => door.ask('GET', '/openapi.json');

test('new ones are good at once, and old ones no more', async () => {
  expect((await door.putCsv(1, 1, CSV_LINE, BEARER_ONE)).status).toBe(201);
  tokens.replace(tokensOf([1, 'another-token-of-agency-one']));
  expect((await door.putCsv(1, 2, CSV_LINE, BEARER_ONE)).status).toBe(401);
  const another = { authorization: 'Bearer another-token-of-agency-one' };
  expect((await door.putCsv(1, 2, CSV_LINE, another)).status).toBe(201);
});

test('a batch whose token ends while its body arrives is not stored', async () => {
  const client = await Client.open(door.port);
  client.send(headOf('PUT /agencies/1/batches/1', CSV_LINE.length), CSV_LINE.slice(0, 10));
  await passThrough();
  revoke();
  client.send(CSV_LINE.slice(10));
  await client.expectMatch(/^HTTP\/1\.1 401 [^]*\r\nwww-authenticate: Bearer\r\n[^]*"code":"unauthorized"/);
  client.socket.destroy();
  expect(door.lines).toEqual([]);
  const all = { authorization: `Bearer ${ALL}` };
  expect((await door.ask('GET', '/agencies/1/batches/1', { headers: all })).status).toBe(404);
  door.lottery.close();
  expect(door.lines.at(-1)).toBe('REFUSED,*,401,1');
});

test('whoever waits for the draw is told at once', async () => {
  const client = await Client.open(door.port);
  client.send(headOf('GET /agencies/1/winners?wait=300'));
  await passThrough();
  revoke();
  await client.expectMatch(/^HTTP\/1\.1 401 [^]*"code":"unauthorized"/);
  client.socket.destroy();
  door.lottery.close();
  expect(door.lines).toEqual(['REFUSED,*,401,1']);
});

test('and so is whoever waits while it is being held', async () => {
  const ledger = new HeldLedger(TERMS);
  const due = await OpenDoor.open({ ledger, settings: { tokens } });
  for (const agency of [1, 2, 3]) {
    const finishing = due.lottery.finish(agency);
    ledger.answerAll();
    await finishing;
  }
  const client = await Client.open(due.port);
  client.send(headOf('GET /agencies/1/winners'));
  await due.ask('GET', '/openapi.json');
  await settled();
  revoke();
  await client.expectMatch(/^HTTP\/1\.1 401 [^]*"code":"unauthorized"/);
  client.socket.destroy();
  await ledger.answerOn();
  due.lottery.close();
  await settled();
  expect(ledger.auditLines.filter((line) => /winners|REFUSED/.test(line))).toEqual(['REFUSED,*,401,1']);
});

test('a token that becomes another party’s is forbidden what it was good for', async () => {
  const client = await Client.open(door.port);
  client.send(headOf('GET /agencies/1/winners?wait=300'));
  await passThrough();
  tokens.replace(tokensOf([2, ONE]));
  await client.expectMatch(/^HTTP\/1\.1 403 [^]*"code":"forbidden"/);
  client.socket.destroy();
  expect(door.lines).toEqual(['GET,/agencies/1/winners,403,0']);
});

test('what others wait for goes on', async () => {
  const waiting = door.ask('GET', '/agencies/1/winners?wait=300', {
    headers: { authorization: `Bearer ${ALL}` },
  });
  await passThrough();
  revoke();
  for (const agency of [1, 2, 3]) {
    const { status } = await door.ask('PUT', `/agencies/${agency}/finish`, {
      headers: { authorization: `Bearer ${ALL}` },
    });
    expect(status).toBe(200);
  }
  expect((await waiting).status).toBe(200);
});

/** One server whose doors all speak mutual TLS: nobody places, finishes, asks or reads what is another's, over any of them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect, ConnectionOptions } from 'node:tls';

import { encodeAsk } from '../../protocol/ask';
import { encodeChk } from '../../protocol/chk';
import { encodeFin } from '../../protocol/fin';
import { httpAddressIn, memcachedPortIn } from '../../tools/server_log';
import { Authority, CertificateWish } from '../support/certificates';
import { mutualTlsSettings } from '../support/mutual_tls';
import { Stage, tlsPortOf } from '../support/programs';
import { batch, bets } from '../support/wire';

const CSV_LINE = '1,Ana,Paz,31204458,1987-03-17,7574\n';
const HTTP_READS = ['batches/1', 'winners', 'notes', 'notes/plan'].map((path) => ['GET', path] as const);
const HTTP_WRITES = [
  ['PUT', 'batches/1'],
  ['PUT', 'finish'],
  ['PUT', 'notes/plan'],
  ['POST', 'notes/plan/increment'],
  ['DELETE', 'notes/plan'],
] as const;

const stage = new Stage();
let ca: Buffer;
let ports: { agencies: number; http: number; memcached: number };
const options = new Map<string, ConnectionOptions>();

beforeAll(async () => {
  const authority = await Authority.make(stage.folder, 'ca');
  ca = readFileSync(authority.certificate);
  const wishes: [string, CertificateWish][] = [
    ['agency 1', { uri: 'lottery:agency-1' }],
    ['agency 2', { uri: 'lottery:agency-2' }],
    ['the auditor', { uri: 'lottery:auditor' }],
    ['somebody whose certificate has expired', { uri: 'lottery:agency-2', days: -1 }],
    ['somebody whose certificate names nobody', { hosts: ['agency-2'], purpose: 'client' }],
  ];
  options.set('somebody without a certificate', { ca });
  for (const [who, wish] of wishes) {
    const { certificate, key } = await authority.sign(wish);
    options.set(who, { ca, cert: readFileSync(certificate), key: readFileSync(key) });
  }
  const server = stage.run('server/main.js', {
    SERVER_PORT: 'off',
    SERVER_TLS_PORT: '0',
    SERVER_TLS_ADDRESS: '127.0.0.1',
    ...(await mutualTlsSettings(authority)),
    HTTP_PORT: '0',
    MEMCACHED_PORT: '0',
    DATA_DIR: stage.path('ledger'),
    AGENCIES: '2',
  });
  const agencies = await tlsPortOf(server);
  ports = {
    agencies,
    http: httpAddressIn(server.output)!.port,
    memcached: memcachedPortIn(server.output)!,
  };
});
afterAll(() => stage.close());

/** Asks over HTTPS. @returns the status */
async function ask(who: string, method: string, path: string): Promise<number> {
  const asked = request({
    ...{ host: '127.0.0.1', servername: 'localhost', port: ports.http, method, agent: false },
    ...{ path: `/agencies/2/${path}`, headers: { host: 'localhost', 'content-type': 'text/csv' } },
    ...options.get(who),
  });
  asked.end(method === 'PUT' && path.startsWith('batches') ? CSV_LINE : '');
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode;
}

/** Sends bytes over TLS, closes the sending side, and reads to the end. */
async function say(who: string, port: number, ...parts: (Buffer | string)[]): Promise<string> {
  const servername = 'localhost';
  const raw = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
  const socket = connect({ socket: raw, servername, ...options.get(who) });
  socket.end(Buffer.concat(parts.map((part) => Buffer.from(part))));
  let received = '';
  socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
  await once(socket, 'end');
  socket.destroy();
  return received;
}

const toAgencies = (who: string): Promise<string> =>
  say(
    who,
    ports.agencies,
    encodeAsk(2),
    batch(1, bets(2, 1, 1)),
    encodeChk(2, 0),
    encodeFin(2),
    'ECHO here\n',
  );

const toMemcached = (who: string): Promise<string> =>
  say(
    who,
    ports.memcached,
    'get /agencies/2/batches/1\r\nget /agencies/2/winners\r\nget /agencies/2/notes/plan\r\n',
    `set /agencies/2/notes/plan 0 0 1\r\nx\r\nset /agencies/2/finish 0 0 0\r\n\r\n`,
    `set /agencies/2/batches/1 0 0 ${CSV_LINE.length}\r\n${CSV_LINE}\r\nquit\r\n`,
  );

const codes = (replies: string): string[] =>
  [...replies.matchAll(/^ERR,\d+,(\S+?),/gm)].map(([, code]) => code!);

describe('what is of agency 2 is refused', () => {
  test('to agency 1, everywhere', async () => {
    for (const [method, path] of [...HTTP_READS, ...HTTP_WRITES]) {
      expect([method, path, await ask('agency 1', method, path)]).toEqual([method, path, 403]);
    }
    expect(codes(await toAgencies('agency 1'))).toEqual(Array(4).fill('forbidden'));
    expect((await toMemcached('agency 1')).match(/forbidden/g)).toHaveLength(6);
  });

  test.each([
    'somebody without a certificate',
    'somebody whose certificate has expired',
    'somebody whose certificate names nobody',
  ])('to %s, everywhere', async (who) => {
    for (const [method, path] of [...HTTP_READS, ...HTTP_WRITES]) {
      expect([method, path, await ask(who, method, path)]).toEqual([method, path, 401]);
    }
    const replies = await toAgencies(who);
    expect(codes(replies)).toEqual(Array(4).fill('forbidden'));
    expect(replies).toMatch(/ECHO here\n$/);
    expect(await toMemcached(who)).toMatch(/^(CLIENT_ERROR unauthenticated[^\r]*\r\n)+$/);
  });

  test('to the auditor where it is written; what is read is told', async () => {
    for (const [method, path] of HTTP_WRITES) {
      expect([method, path, await ask('the auditor', method, path)]).toEqual([method, path, 403]);
    }
    const statuses = await Promise.all(HTTP_READS.map(([method, path]) => ask('the auditor', method, path)));
    expect(statuses).toEqual([404, 409, 200, 404]);
    const replies = await toAgencies('the auditor');
    expect(codes(replies)).toEqual(['forbidden', 'forbidden']);
    expect(replies).toMatch(/^HAS,\d+,0,0\n[^]*CRC,/);
    expect((await toMemcached('the auditor')).match(/forbidden/g)).toHaveLength(3);
  });
});

test('and nothing of all that was stored: agency 2 begins at the beginning', async () => {
  expect(await say('agency 2', ports.agencies, encodeAsk(2))).toBe('HAS,000000060,0,0\n');
  expect(await ask('agency 2', 'PUT', 'batches/1')).toBe(201);
  expect(await ask('agency 2', 'GET', 'batches/1')).toBe(200);
  expect(await ask('the auditor', 'GET', 'batches/1')).toBe(200);
  expect(await ask('agency 1', 'GET', 'batches/1')).toBe(403);
});

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { SecureVersion } from 'node:tls';

import { encodeAsk } from '../../../protocol/ask';
import { encodeFin } from '../../../protocol/fin';
import { Authority, Certificate } from '../../../tests/support/certificates';
import { betBytes } from '../../testing/bets';
import { resetSocket } from '../../testing/reset_socket';
import type { Client } from './testing/client';
import { TlsBench } from './testing/tls_bench';

let bench: TlsBench;
beforeEach(async () => {
  bench = await TlsBench.open();
});
afterEach(() => bench.close());

/** The text of the refusal that an ASK for agency 1 gets. */
async function refusalOf(client: Client): Promise<string> {
  client.socket.end(encodeAsk(1));
  await client.expectEnd();
  return /^ERR,\d{8}0,forbidden,(.*)\n$/.exec(client.received)?.[1] ?? client.received;
}

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('over %s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  test('an agency is served', async () => {
    const client = await bench.connect(await bench.agency(1), only);
    expect(client.tlsSocket.getProtocol()).toBe(version);
    client.send(encodeAsk(1), betBytes(1, 1));
    await client.expectReceived('HAS,000000060,0,0\nACK,00000004,1,1\n');
  });

  test('a peer that has closed its sending side gets its WIN', async () => {
    const client = await bench.connect(await bench.agency(1), only);
    client.socket.end(encodeFin(1));
    for (const agency of [2, 3]) await bench.lottery.finish(agency);
    await client.expectReceived('WIN,00000000');
    await client.expectEnd();
    expect(await client.gone).toBe('end');
  });

  test('a reset after the ACK leaves the batch stored', async () => {
    const client = await bench.connect(await bench.agency(1), only);
    client.send(betBytes(1, 1));
    await client.expectReceived('ACK,00000004,1,1\n');
    resetSocket(client.kernelSocket);
    await client.gone;
    expect(await bench.lottery.standing(1)).toMatchObject({ lastBatchId: 1 });
  });

  test('a refusal that closes arrives, though more comes', async () => {
    const client = await bench.connect(await bench.agency(1), only);
    client.send('nonsense', Buffer.alloc(1_000_000));
    await client.expectEnd();
    expect(client.received).toMatch(/^ERR,\d{8}0,bad-header,/);
  });

  test('nothing is renegotiated', async () => {
    const client = await bench.connect(await bench.agency(1), only);
    const socket = client.tlsSocket;
    const error = await new Promise((resolve) => {
      socket.once('error', resolve);
      if (socket.renegotiate({}, resolve) === false) resolve(new Error('not possible'));
    });
    expect(error).toMatchObject({ message: expect.any(String) as string });
    const other = await bench.connect(await bench.agency(1), only);
    other.send('ECHO still here\n');
    await other.expectReceived('ECHO still here\n');
  });
});

test('a stream that was cut without an alert: what is whole is answered, what is not is not stored', async () => {
  const client = await bench.connect(await bench.agency(1));
  const batch = betBytes(1, 2);
  client.send(betBytes(1, 1), batch.subarray(0, batch.length - 1));
  await client.expectReceived('ACK,00000004,1,1\n');
  resetSocket(client.kernelSocket);
  await client.gone;
  const next = await bench.connect(await bench.agency(1));
  next.send(encodeAsk(1));
  await next.expectReceived('HAS,000000061,1,1\n');
});

describe('a certificate that is not believed is told why', () => {
  const cases: [string, RegExp, (authority: Authority) => Promise<Certificate | undefined>][] = [
    ['none', /there is none$/, () => Promise.resolve(undefined)],
    ['expired', /has expired$/, (authority) => authority.sign({ uri: 'lottery:agency-1', days: -1 })],
    ['not yet valid', /not valid yet/, (authority) => authority.sign({ uri: 'lottery:agency-1', from: 1 })],
    [
      'for servers',
      /not one for clients$/,
      (authority) => authority.sign({ uri: 'lottery:agency-1', purpose: 'server' }),
    ],
    [
      'of nobody',
      /names no agency of this lottery$/,
      (authority) => authority.sign({ hosts: ['agency-1'], purpose: 'client' }),
    ],
    [
      'of agency 9',
      /names no agency of this lottery$/,
      (authority) => authority.sign({ uri: 'lottery:agency-9' }),
    ],
    ['of agency 2', /another agency's$/, (authority) => authority.sign({ uri: 'lottery:agency-2' })],
  ];
  test.each(cases)('%s', async (_, reason, sign) => {
    const client = await bench.connect(await sign(bench.authority));
    expect(await refusalOf(client)).toMatch(reason);
  });

  test('of another CA', async () => {
    const stranger = await Authority.make(bench.folder, 'stranger');
    const client = await bench.connect(await stranger.sign({ uri: 'lottery:agency-1' }));
    expect(await refusalOf(client)).toMatch(/not one of the lottery's CA$/);
  });
});

describe('a certificate that is revoked', () => {
  test('is out at once, in the middle of a batch too; the others stay', async () => {
    const [stolen, good] = [await bench.agency(1), await bench.agency(1)];
    const [thief, other] = [await bench.connect(stolen), await bench.connect(good)];
    const batch = betBytes(1, 2);
    thief.send(betBytes(1, 1), batch.subarray(0, batch.length - 1));
    await thief.expectReceived('ACK,00000004,1,1\n');
    await bench.authority.revoke(stolen);
    await bench.credentials.reload();
    await thief.expectEnd();
    other.send(encodeAsk(1));
    await other.expectReceived('HAS,000000061,1,1\n');
    expect(await refusalOf(await bench.connect(stolen))).toMatch(/was revoked$/);
  });

  test('is not let in by an earlier session', async () => {
    const stolen = await bench.agency(1);
    const first = await bench.connect(stolen);
    const session = new Promise<Buffer>((resolve) => first.socket.once('session', resolve));
    first.send('ECHO x\n');
    await first.expectReceived('ECHO x\n');
    const resumed = await bench.connect(undefined, { session: await session });
    expect(resumed.tlsSocket.isSessionReused()).toBe(true);
    resumed.send(encodeAsk(1));
    await resumed.expectReceived('HAS,000000060,0,0\n');
    await bench.authority.revoke(stolen);
    await bench.credentials.reload();
    const again = await bench.connect(undefined, { session: await session });
    expect(again.tlsSocket.isSessionReused()).toBe(false);
    expect(await refusalOf(again)).toMatch(/there is none$/);
  });
});

describe('new credentials', () => {
  test('of another CA put out those of the one before, and let in their own', async () => {
    const before = await bench.connect(await bench.agency(1));
    const next = await Authority.make(bench.folder, 'next');
    copyFileSync(next.revocations, bench.authority.revocations);
    writeFileSync(bench.authority.certificate, readFileSync(next.certificate));
    await bench.credentials.reload();
    await before.expectEnd();
    const client = await bench.connect(await next.sign({ uri: 'lottery:agency-1' }), {
      rejectUnauthorized: false,
    });
    client.send(encodeAsk(1));
    await client.expectReceived('HAS,000000060,0,0\n');
  });

  test('that cannot be read leave the old ones as they are', async () => {
    const client = await bench.connect(await bench.agency(1));
    writeFileSync(bench.authority.certificate, 'half a file');
    await expect(bench.credentials.reload()).rejects.toThrow(
      /^\S+ca\.crt: holds no certificate in PEM form$/,
    );
    client.send('ECHO still here\n');
    await client.expectReceived('ECHO still here\n');
  });

  test('with a revocation list that has expired let nobody in, and say so', async () => {
    await bench.authority.writeRevocations({ days: -1 });
    await bench.credentials.reload();
    const client = await bench.connect(await bench.agency(1));
    expect(await refusalOf(client)).toMatch(/revocation list has expired/);
  });
});

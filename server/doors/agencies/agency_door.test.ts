import { once } from 'node:events';
import { createServer } from 'node:net';

import { encodeFin } from '../../../protocol/fin';
import { SYSTEM_CLOCK } from '../../../program/clock';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { Ledger } from '../../ledger/ledger';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { Lottery } from '../../lottery/lottery';
import { slackMs } from '../../../tests/support/machine';
import { betBytes } from '../../testing/bets';
import { RecordedLog } from '../../../program/testing/recorded_log';
import { Request } from '../../../protocol/request_decoder';
import { Telemetry } from '../../telemetry/telemetry';
import { CLOSE_TIMEOUT_MS, LINGER_MS } from '../stream/limits';
import { StreamDoor } from '../stream/stream_door';
import { AgencyDoorSettings, createAgencyDoor } from './agency_door';
import { DOOR_SETTINGS, fail, TERMS } from './testing/bench';
import { Client } from './testing/client';
import { resetSocket } from '../../testing/reset_socket';

let ledger: Ledger;
let lottery: Lottery;
let door: StreamDoor<Request>;
let telemetry: Telemetry;
let log: RecordedLog;
let port = 0;
let clients: Client[] = [];

async function open(
  settings: Partial<AgencyDoorSettings> = {},
  over: Ledger = new MemoryLedger(TERMS),
): Promise<void> {
  ledger = over;
  log = new RecordedLog();
  telemetry = new Telemetry(TERMS, ledger.openedWith);
  lottery = new Lottery(ledger, TERMS, { clock: SYSTEM_CLOCK, log, observer: telemetry, onBroken: fail });
  door = createAgencyDoor(lottery, telemetry, { ...DOOR_SETTINGS, ...settings }, SYSTEM_CLOCK, log);
  [port = 0] = await door.listen();
}

async function connect(): Promise<Client> {
  const client = await Client.open(port);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  clients = [];
  await door.close();
});

/** Sends for some time, whether or not it is of use, and tells what became of the connection. */
async function keepSending(client: Client, milliseconds: number): Promise<string> {
  const sender = setInterval(() => client.send('more'), 20);
  let timer: NodeJS.Timeout | undefined;
  const inTime = new Promise<string>(
    (resolve) => (timer = setTimeout(() => resolve('still open'), milliseconds)),
  );
  const outcome = await Promise.race([client.gone, inTime]);
  clearInterval(sender);
  clearTimeout(timer);
  return outcome;
}

/** How long a call takes, in milliseconds. */
async function millisecondsOf(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

describe('connections', () => {
  test('are answered, many at once', async () => {
    await open();
    const agencies = [1, 2, 3];
    const all = await Promise.all(agencies.map(() => connect()));
    for (const [index, client] of all.entries()) client.send(betBytes(index + 1, 1), encodeFin(index + 1));
    for (const [index, client] of all.entries()) {
      await client.expectReceived(`ACK,00000004,${index + 1},1\nWIN,00000000`);
    }
  });

  test('may be closed with a reset after an ACK, as the reference does', async () => {
    await open();
    for (let batchId = 1; batchId <= 5; batchId++) {
      const client = await connect();
      client.send(betBytes(1, batchId));
      await client.expectReceived(`ACK,00000004,1,${batchId}\n`);
      resetSocket(client.socket);
      await client.gone;
    }
    expect(await lottery.standing(1)).toMatchObject({ lastBatchId: 5, bets: 5 });
  });

  test('that are half-closed get their WIN', async () => {
    await open();
    const client = await connect();
    client.socket.end(encodeFin(1));
    for (const agency of [2, 3]) await lottery.finish(agency);
    await client.expectReceived('WIN,00000000');
    await client.expectEnd();
    expect(await client.gone).toBe('end');
  });

  test('over the limit are dropped, and told', async () => {
    await open({ maxConnections: 2 });
    const [first] = [await connect(), await connect()];
    const dropped = await connect();
    await dropped.expectEnd();
    expect(dropped.received).toBe('');
    expect(log.of('accept_connections', 'fail')).toHaveLength(1);
    first.send('ECHO still here\n');
    await first.expectReceived('ECHO still here\n');
    resetSocket(first.socket);
    await isAnswered();
  });

  test('beyond those of one address are dropped, and told', async () => {
    await open({ maxConnectionsPerAddress: 1 });
    const first = await connect();
    const dropped = await connect();
    await dropped.expectEnd();
    expect(dropped.received).toBe('');
    expect(log.of('accept_connections', 'fail')).toEqual([
      expect.stringContaining('reason: MAX_CONNECTIONS_PER_ADDRESS reached | address: 127.0.0.1'),
    ]);
    resetSocket(first.socket);
    await isAnswered();
  });

  test('that only take places leave some to who has placed a bet', async () => {
    await open({ maxConnections: 10 });
    const [first, ...others] = await Promise.all(Array.from({ length: 9 }, connect));
    others.at(-1)?.send('ECHO in\n');
    await others.at(-1)?.expectReceived('ECHO in\n');
    const dropped = await connect();
    await dropped.expectEnd();
    expect(log.of('accept_connections', 'fail')).toEqual([
      expect.stringContaining('reason: the places left are kept for who has placed a bet'),
    ]);
    first?.send(betBytes(1, 1));
    await first?.expectReceived('ACK,00000004,1,1\n');
    await isAnswered();
  });

  /** Connects until there is room: the door learns of a closed connection when the kernel tells it. */
  async function isAnswered(): Promise<void> {
    for (const giveUpAt = performance.now() + 5_000; performance.now() < giveUpAt;) {
      const client = await connect();
      client.send('ECHO room\n');
      await client.expectReceivedOrEnd('ECHO room\n');
      if (client.received !== '') return;
    }
    throw new Error('no room was made');
  }

  test('that are silent are closed', async () => {
    await open({ idleTimeoutMs: 100 });
    const client = await connect();
    await client.expectEnd();
    client.socket.end();
    await client.gone;
  });

  test('that were refused can read why, though much more was on its way', async () => {
    await open();
    const client = await connect();
    client.send('GET / HTTP/1.1\r\n', Buffer.alloc(4 * 1024 * 1024, 'x'));
    await client.expectEnd();
    expect(client.received).toMatch(/^ERR,\d{8}0,bad-header,/);
    client.socket.end();
    expect(await client.gone).toBe('end');
  });

  test('whose batches the storage rejects can read why', async () => {
    const held = new HeldLedger(TERMS);
    await open({}, held);
    const client = await connect();
    client.send(betBytes(1, 1), betBytes(1, 2));
    while (held.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held.rejectAll();
    await client.expectEnd();
    expect(client.received).toMatch(/^ERR,\d{8}1,unavailable,[^\n]*\n$/);
    expect(await keepSending(client, LINGER_MS / 4)).toBe('still open');
  });

  describe('with a large WIN that they take slowly, but steadily', () => {
    const documents = Array.from({ length: 2_000_000 }, () => '31204458').join(',');

    /** Asks for the WIN of a lottery that was drawn, takes it in small pieces, and tells how much of it came. */
    async function takeSlowly(settings: Partial<AgencyDoorSettings>, endsEarly: boolean): Promise<number> {
      const winners = new Map([[1, documents]]);
      const { winnerNumber } = TERMS;
      const draw = { winners, bets: 1, missingAgencies: [], isCalledOff: false, winnerNumber };
      const drawn = new HeldLedger(TERMS, { draw, finishedAgencies: new Set([1, 2, 3]) });
      await open(settings, drawn);
      const client = await connect();
      client.send(encodeFin(1));
      if (endsEarly) client.socket.end();
      while (drawn.calls.length < 1) await new Promise((resolve) => setImmediate(resolve));
      drawn.answerAll();
      client.socket.on('data', () => {
        client.socket.pause();
        setTimeout(() => client.socket.resume(), 10);
      });
      await client.expectReceivedOrEnd('x'.repeat(12 + documents.length)).catch(() => undefined);
      return client.received.length;
    }

    test('get all of it, though they have closed their half', async () => {
      expect(await takeSlowly({}, true)).toBe(12 + documents.length);
    });

    test('get all of it, though it takes longer than they may be silent', async () => {
      expect(await takeSlowly({ idleTimeoutMs: 500 }, false)).toBe(12 + documents.length);
    });
  });
});

describe('listen', () => {
  test('refuses a port that is taken, in one line', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(
      open({ listeners: [{ ...DOOR_SETTINGS.listeners[0]!, port: taken }] }),
    ).rejects.toMatchObject({
      name: 'OperationError',
      message: expect.stringMatching(new RegExp(`^cannot listen on port ${taken}: .*EADDRINUSE`)) as string,
    });
    other.close();
  });

  test('refuses an address that is not ours', async () => {
    await expect(
      open({ listeners: [{ ...DOOR_SETTINGS.listeners[0]!, address: '192.0.2.1' }] }),
    ).rejects.toMatchObject({ name: 'OperationError' });
  });
});

describe('close', () => {
  test('closes what is idle, what waits for a WIN, and what has sent a half message, at once', async () => {
    await open();
    const [idle, waiting, partial] = [await connect(), await connect(), await connect()];
    waiting.send(encodeFin(1), 'ECHO x\n');
    partial.send('ECHO x\n', betBytes(1, 1).subarray(0, 40));
    await waiting.expectReceived('ECHO x\n');
    await partial.expectReceived('ECHO x\n');
    const tookMs = await millisecondsOf(() => door.close());
    expect(tookMs).toBeLessThan(CLOSE_TIMEOUT_MS);
    await Promise.all([idle, waiting, partial].map(({ gone, socket }) => (socket.end(), gone)));
    await expect(Client.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('lets the storage answer first', async () => {
    const held = new HeldLedger(TERMS);
    await open({}, held);
    const client = await connect();
    client.send(betBytes(1, 1));
    while (held.calls.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const closing = door.close();
    held.answerAll();
    await client.expectReceived('ACK,00000004,1,1\n');
    await client.expectEnd();
    await closing;
  });

  test('ends in its time though the storage does not answer and a peer takes nothing', async () => {
    const held = new HeldLedger(TERMS);
    await open({}, held);
    const waiting = await connect();
    waiting.send(betBytes(1, 1));
    const stalled = await connect();
    stalled.socket.pause();
    const echo = `ECHO ${'x'.repeat(1_000)}\n`;
    for (let sent = 0; sent < 40; sent++) stalled.send(echo.repeat(200));
    while (held.calls.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const tookMs = await millisecondsOf(() => door.close());
    expect(tookMs).toBeLessThan(CLOSE_TIMEOUT_MS + (await slackMs()));
  });

  test('may be called again, and without listen', async () => {
    await open();
    await door.close();
    await door.close();
    await createAgencyDoor(lottery, telemetry, DOOR_SETTINGS, SYSTEM_CLOCK, log).close();
  });
});

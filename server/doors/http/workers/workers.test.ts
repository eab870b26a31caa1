/** The door with real workers: the same answers as without them, and bounds when they do not keep up. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import fc from 'fast-check';

import { SYSTEM_CLOCK } from '../../../../program/clock';
import { birthdates, documents, names, numbers } from '../../../../protocol/testing/arbitraries';
import { DIST } from '../../../../tests/support/built';
import { Client } from '../../agencies/testing/client';
import { SMALL_BODY_BYTES } from '../requests/body_checks';
import { closeDoors, CSV, JSON_BODY, OpenDoor } from '../testing/open_door';
import { connectTo, disconnectAll, over, statuses } from '../testing/raw_clients';
import { until } from '../testing/until';
import { CheckPool, CheckPoolLimits, CheckThread } from './check_pool';
import { HeldThread } from './testing/held_thread';

afterEach(async () => {
  disconnectAll();
  await closeDoors();
});

const lost: string[] = [];
beforeEach(() => void lost.splice(0));

function poolOf(workers: number, start: () => CheckThread, limits?: CheckPoolLimits): CheckPool {
  const onLost = (reason: string): void => void lost.push(reason);
  return new CheckPool({ workers, clock: SYSTEM_CLOCK, onLost, start, ...(limits && { limits }) });
}

const startThread = (): CheckThread =>
  new Worker(join(DIST, 'server', 'doors', 'http', 'workers', 'check_thread.js'));

/** What each bet may be: good, or with one thing wrong. */
const bets = fc.record({
  betId: fc.integer({ min: 1, max: 1_000_000 }).map(String),
  firstName: names,
  lastName: names,
  document: documents,
  birthdate: birthdates,
  number: numbers,
  wrong: fc.option(fc.constantFrom('number', 'quote', 'name', 'column'), { freq: 9 }),
});
type Bet = typeof bets extends fc.Arbitrary<infer Value> ? Value : never;

const csvOf = ({ betId, firstName, lastName, document, birthdate, number, wrong }: Bet): string => {
  const columns = [betId, firstName, lastName, document, birthdate, number];
  if (wrong === 'number') columns[5] = '10000';
  if (wrong === 'quote') columns[1] = '"unclosed';
  if (wrong === 'name') columns[2] = '';
  if (wrong === 'column') columns.push('1');
  return `${columns.join(',')}\n`;
};
const jsonOf = ({ betId, firstName, lastName, document, birthdate, number, wrong }: Bet): object => ({
  bet_id: Number(betId),
  first_name: wrong === 'quote' ? '\ud800' : firstName,
  last_name: wrong === 'name' ? '' : lastName,
  document,
  birthdate,
  number: wrong === 'number' ? number : Number(number),
  ...(wrong === 'column' && { more: 1 }),
});

test('the same bodies, good and bad, get the same answers from workers as without them', async () => {
  const plain = await OpenDoor.open();
  const withWorkers = await OpenDoor.open({ checkPool: poolOf(2, startThread) });
  let batch = 0;
  const seen = new Set<number>();
  const ask = async (headers: Record<string, string>, body: Buffer): Promise<void> => {
    const path = `/agencies/1/batches/${++batch}`;
    const [one, other] = await Promise.all(
      [plain, withWorkers].map((door) => door.ask('PUT', path, { headers, body })),
    );
    expect([other!.status, other!.text]).toEqual([one!.status, one!.text]);
    seen.add(one!.status);
  };
  // Longer than what is checked in the main thread: white space and empty lines mean nothing.
  const padding = (filler: string): string => filler.repeat(SMALL_BODY_BYTES);
  await fc.assert(
    fc.asyncProperty(fc.array(bets, { minLength: 1, maxLength: 30 }), fc.boolean(), async (some, isCut) => {
      const cut = isCut && some.length > 20 ? '"' : '';
      await ask(CSV, Buffer.from(some.map(csvOf).join('') + padding('\n') + cut));
      await ask(JSON_BODY, Buffer.from(JSON.stringify({ bets: some.map(jsonOf) }) + padding(' ') + cut));
    }),
    { numRuns: 60 },
  );
  // Hardly any of the random ones is good.
  await ask(CSV, Buffer.from(`1,Ana,Paz,31204458,1987-03-17,7574${padding('\n')}`));
  await ask(JSON_BODY, Buffer.from(`{"bets":[]}${padding(' ')}`));
  await ask(JSON_BODY, Buffer.from(padding('[')));
  await ask(JSON_BODY, Buffer.concat([Buffer.from([0xff]), Buffer.from(padding(' '))]));
  await ask(CSV, Buffer.from('1,Ana,Paz,31204458,1987-03-17,7574\n'.repeat(10_000)));
  expect(withWorkers.lines).toEqual(plain.lines);
  expect([...seen].sort()).toEqual([201, 400, 422]);
  expect(lost).toEqual([]);
});

test('a worker that runs out of memory costs its own request, and the next one is checked', async () => {
  const start = (): CheckThread =>
    new Worker(join(DIST, 'server', 'doors', 'http', 'workers', 'check_thread.js'), {
      resourceLimits: { maxOldGenerationSizeMb: isFirst ? 4 : 256 },
    });
  let isFirst = true;
  const pool = poolOf(1, start);
  const door = await OpenDoor.open({ checkPool: pool, settings: { maxPayloadBytes: 4_000_000 } });
  const line = (index: number): string => `${index + 1},"Ana",Paz,31204458,1987-03-17,7574\n`;
  const body = Array.from({ length: 9_999 }, (_, index) => line(index)).join('');
  const refused = await door.putCsv(1, 1, body);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  expect(lost).toHaveLength(1);
  isFirst = false;
  expect((await door.putCsv(1, 1, body)).status).toBe(201);
  expect(door.lines).toEqual(['PUT,/agencies/1/batches/1,201,0']);
});

test('1,000 clients with long bodies, and a worker that does not answer: 503 beyond the queue, for all but those in it', async () => {
  const thread = new HeldThread();
  const limits = { maxWaiting: 50, maxWaitingBytes: 16 * 1024 * 1024, timeoutMs: 60_000 };
  const door = await OpenDoor.open({
    checkPool: poolOf(1, () => thread, limits),
    settings: { maxConnectionsPerAddress: 1_001 },
    limits: { maxConnections: 2_000 },
  });
  const body = Buffer.from('1,Ana,Paz,31204458,1987-03-17,7574\n' + '\n'.repeat(100_000));
  const clients: Client[] = [];
  for (let batch = 1; batch <= 1_000; batch++) {
    const client = await connectTo(door);
    const head = `PUT /agencies/1/batches/${batch} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n`;
    client.send(`${head}Content-Length: ${body.length}\r\n\r\n`, body);
    clients.push(client);
  }
  const taken = 1 + limits.maxWaiting;
  const answered = () => clients.filter((client) => client.received.includes('\r\n\r\n'));
  await until(() => answered().length === clients.length - taken);
  for (const client of answered()) {
    expect(statuses(client)).toEqual([503]);
    expect(client.received).toContain('retry-after: 1\r\n');
  }
  expect(door.bodyBytes).toBeLessThanOrEqual(taken * body.length);
  // Small batches pass by.
  expect((await door.putCsv(2, 1, '1,Ana,Paz,31204458,1987-03-17,7574\n')).status).toBe(201);
  for (let left = taken; left > 0; left--) thread.answer();
  await until(() => clients.every((client) => client.received.includes('\r\n\r\n')));
  expect(clients.flatMap(statuses).filter((status) => status === 201)).toHaveLength(taken);
  expect(door.bodyBytes).toBe(0);
});

test('what is sent on one connection without waiting is stored in its order', async () => {
  const thread = new HeldThread();
  const door = await OpenDoor.open({ checkPool: poolOf(1, () => thread) });
  const client = await connectTo(door);
  const line = '1,Ana,Paz,31204458,1987-03-17,7574\n';
  for (const [batch, body] of [line + '\n'.repeat(70_000), line].entries()) {
    const head = `PUT /agencies/1/batches/${batch + 1} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n`;
    client.send(`${head}Content-Length: ${body.length}\r\n\r\n`, body);
  }
  await until(() => thread.requests.length === 1);
  expect(door.lines).toEqual([]);
  thread.answer();
  await until(() => statuses(client).length === 2);
  expect(door.lines).toEqual(['PUT,/agencies/1/batches/1,201,0', 'PUT,/agencies/1/batches/2,201,0']);
});

test('closing the door while bodies are checked ends their requests and the workers', async () => {
  const thread = new HeldThread();
  const door = await OpenDoor.open({
    checkPool: poolOf(1, () => thread),
    limits: { closeTimeoutMs: 50 },
  });
  const client = await connectTo(door);
  const body = '\n'.repeat(70_000);
  const head = 'PUT /agencies/1/batches/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n';
  client.send(`${head}Content-Length: ${body.length}\r\n\r\n`, body);
  await until(() => thread.requests.length === 1);
  await door.close();
  await over(client);
  expect(thread.isTerminated).toBe(true);
  expect(door.lines).toEqual([]);
});

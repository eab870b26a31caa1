/** Relays of a beacon, which are local servers here: each may lie, hang, talk without end, or be gone. */
import { getEventListeners, once } from 'node:events';
import { createServer, RequestListener, Server } from 'node:http';
import { AddressInfo } from 'node:net';

import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { isPending, settled } from '../testing/settled';
import { BeaconRelays } from './beacon_relays';

const RIGHT = '{"round":9,"signature":"aa"}';
const ROUND = { chainHash: 'c0ffee', round: 9, dueAtMs: 90_000 };

const servers: Server[] = [];
let clock: FakeClock;
let log: RecordedLog;
let stopped: AbortController;
let nowMs: number;
let taken: () => void;
let isTaken: Promise<void>;
beforeEach(() => {
  clock = new FakeClock();
  log = new RecordedLog();
  stopped = new AbortController();
  nowMs = ROUND.dueAtMs;
  isTaken = new Promise((resolve) => (taken = resolve));
});
afterEach(() => {
  stopped.abort();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A relay. @returns its address, and what it was asked for */
async function relay(answer: RequestListener): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

/** An address at which nobody listens any more. */
async function gone(): Promise<string> {
  const { url, server } = await relay(() => undefined);
  server.close();
  await once(server, 'close');
  return url;
}

const honest: RequestListener = (_, response) => response.end(RIGHT);

function start(...urls: string[]): void {
  const relays = new BeaconRelays(urls, ROUND, clock, () => nowMs, log);
  relays.start((text) => {
    if (text !== RIGHT) return Promise.resolve('it is not the round');
    taken();
    return Promise.resolve(undefined);
  }, stopped.signal);
}

/** Resolves with the next failures that are told. */
function failures(count: number): Promise<string[]> {
  return new Promise((resolve) => {
    log.onEvent = () => {
      if (log.events.length === count) resolve([...log.events]);
    };
  });
}

/** Waits until a pause is set, and ends it. */
async function endPause(): Promise<number> {
  while (clock.timerCount === 0) await settled();
  const waitedMs = clock.nextInMs ?? 0;
  clock.runNext();
  return waitedMs;
}

test('nobody is asked before the round is due, and then for that round, once', async () => {
  const { url, asked } = await relay(honest);
  nowMs = ROUND.dueAtMs - 100_000;
  start(url);
  // The wall clock may be set meanwhile: it is looked at each minute at least.
  expect(clock.nextInMs).toBe(60_000);
  nowMs += 60_000;
  expect(await endPause()).toBe(60_000);
  await settled();
  expect(clock.nextInMs).toBe(40_000);
  expect(asked).toEqual([]);
  nowMs += 40_000;
  await endPause();
  await isTaken;
  await settled();
  expect(asked).toEqual(['/c0ffee/public/9']);
  expect([clock.timerCount, log.events]).toEqual([0, []]);
});

test('one that lies is told of, and the next one is asked', async () => {
  const liar = await relay((_, response) => response.end('{"round":9,"signature":"bb"}'));
  const other = await relay(honest);
  start(liar.url, other.url);
  await isTaken;
  expect(log.events).toEqual([
    `action: receive_number | result: fail | relay: ${liar.url} | reason: it is not the round`,
  ]);
});

test.each<[string, RequestListener, string | undefined]>([
  ['that does not have it yet', (_, response) => response.writeHead(404).end('no'), 'status 404'],
  [
    'that answers a refusal with the round',
    (_, response) => response.writeHead(500).end(RIGHT),
    'status 500',
  ],
  ['that says nothing', (_, response) => response.end(), 'it is not the round'],
  [
    'that cuts its answer off',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write(RIGHT, () => response.destroy());
    },
    undefined,
  ],
])('one %s is passed over', async (_name, answer, reason) => {
  const bad = await relay(answer);
  const good = await relay(honest);
  start(bad.url, good.url);
  await isTaken;
  expect(log.events).toHaveLength(1);
  expect(log.records[0]?.details).toMatchObject({ relay: bad.url, ...(reason && { reason }) });
});

test('one that talks without end is cut off', async () => {
  let tellCut: () => void = () => undefined;
  const cut = new Promise<void>((resolve) => (tellCut = resolve));
  const talker = await relay((_, response) => {
    response.on('close', tellCut);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(1_000)));
    };
    response.on('drain', more);
    more();
  });
  const good = await relay(honest);
  start(talker.url, good.url);
  await Promise.all([isTaken, cut]);
  expect(log.records.map(({ details }) => details['reason'])).toEqual(['the answer is too long']);
});

test.each<[string, RequestListener]>([
  ['before its answer', () => undefined],
  ['in its answer', (_, response) => void response.write('{')],
])('one that hangs %s is left after ten seconds', async (_name, answer) => {
  const hanging = await relay(answer);
  const good = await relay(honest);
  start(hanging.url, good.url);
  expect(await endPause()).toBe(10_000);
  await isTaken;
  expect(log.events).toEqual([
    `action: receive_number | result: fail | relay: ${hanging.url} | reason: no whole answer within 10 s`,
  ]);
  await settled();
  expect(clock.timerCount).toBe(0);
});

test('while all are down they are asked again, ever more seldom, until one is up', async () => {
  let isUp = false;
  const later = await relay((request, response) => {
    if (isUp) return honest(request, response);
    response.destroy();
    return undefined;
  });
  const pauses: number[] = [];
  const never = await gone();
  start(never, later.url);
  for (let round = 1; round <= 8; round++) {
    while (log.events.length < 2 * round) await settled();
    isUp = round === 8;
    pauses.push(await endPause());
  }
  await isTaken;
  expect(pauses.map((each) => each / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(log.records.slice(0, 2).map(({ details }) => details['relay'])).toEqual([never, later.url]);
});

test('waiting long leaves nothing behind on who may stop it', async () => {
  nowMs = 0;
  start(await gone());
  for (let minute = 0; minute < 20; minute++) await endPause();
  await settled();
  expect(getEventListeners(stopped.signal, 'abort').length).toBeLessThan(3);
});

test.each(['in a pause', 'in a question'])('stopped %s, it asks for nothing more', async (when) => {
  const hanging = await relay(() => undefined);
  const told = failures(1);
  start(when === 'in a pause' ? await gone() : hanging.url);
  if (when === 'in a pause') await told;
  else await once(hanging.server, 'request');
  while (clock.timerCount === 0) await settled();
  const events = log.events.length;
  stopped.abort();
  while (clock.timerCount > 0) await settled();
  expect(await isPending(isTaken)).toBe(true);
  expect([clock.timerCount, log.events.length]).toEqual([0, events]);
});

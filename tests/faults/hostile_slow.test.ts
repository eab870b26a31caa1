/** Peers that are slow, deaf or gone: they cost themselves, nobody else. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { Stage } from '../support/programs';
import { agencyLine, batch, bets, betHeader } from '../support/wire';
import { GoodAgency } from './hostile/good_agency';
import { Crowd, Peer, sendWithoutEnd } from './hostile/peers';
import { describeOnLinux, WatchedServer } from './hostile/watched_server';
import { resetSocket } from '../../server/testing/reset_socket';

const IDLE_TIMEOUT_MS = 3_000;
const BYTE_INTERVAL_MS = 1_000;
/** For ever, as far as a test goes: far more than a connection may last. */
const MAX_BYTES_SENT = 20;
/** The agency alone, at full speed, takes a good half of it. */
const MAX_MIB = 300;
const WAIT_MS = 20_000;
const LOOK_INTERVAL_MS = 50;
const RESETS = 1_000;
const HALF_OPEN = 200;
/** How many agencies the hostile ones pretend to be: the good one is the last. */
const AGENCIES = 100;

let stage: Stage;
let server: WatchedServer;
let agency: GoodAgency;
let sockets: number;

beforeEach(async () => {
  stage = new Stage();
  server = await WatchedServer.start({
    folder: stage.path('ledger'),
    environment: { IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS), AGENCIES: String(AGENCIES) },
  });
  agency = await GoodAgency.open(server.port, AGENCIES);
  // One answer shows that the connection is accepted, and counted.
  await agency.sendFor(1);
  sockets = server.openSockets;
});

afterEach(async () => {
  agency.close();
  await server.kill();
  await stage.close();
});

/** Sends a message byte by byte for as long as it is let. */
async function trickle(peer: Peer, bytes: Buffer): Promise<void> {
  for (const byte of bytes.subarray(0, MAX_BYTES_SENT)) {
    if (peer.isClosed) return;
    peer.socket.write(Buffer.of(byte));
    await Promise.race([pause(BYTE_INTERVAL_MS, undefined, { ref: false }), peer.closed]);
  }
}

/** Waits until the server has closed what it has to close. */
async function untilClosed(): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (server.openSockets > sockets) {
    if (performance.now() > deadlineMs)
      throw new Error(`${server.openSockets} sockets are open, ${sockets} were before`);
    await pause(LOOK_INTERVAL_MS);
  }
}

describeOnLinux('the server goes on serving', () => {
  test('beside those who send a byte a second, and closes them', async () => {
    const crowd = await Crowd.open(server.port, 20);
    await agency.sendWhile(() =>
      Promise.all(crowd.peers.map((peer) => trickle(peer, batch(1, bets(1, 1, 1))))),
    );
    for (const { isClosed, lifetimeMs } of crowd.peers) {
      expect(isClosed).toBe(true);
      expect(lifetimeMs).toBeGreaterThan(IDLE_TIMEOUT_MS - 300);
    }
  });

  test('beside those who send for ever and never read, and closes them', async () => {
    const echo = Buffer.from(`ECHO ${'x'.repeat(1_018)}\n`.repeat(64));
    const ask = Buffer.from(agencyLine('ASK', 1).repeat(1_000));
    const bad = Buffer.from(`${betHeader(1, 1, 1)};\n`.repeat(1_000));
    const oneOfEach = Buffer.concat([echo, batch(1, bets(1, 1, 10)), Buffer.from(agencyLine('ASK', 1)), bad]);
    const deaf = await Crowd.open(server.port, 6, { reads: false });
    await agency.sendWhile(async () => {
      const kinds = [echo, oneOfEach];
      const sending = deaf.peers.map((peer, index) => sendWithoutEnd(peer, kinds[index % 2]!, () => false));
      await Promise.all(sending);
    });
    process.stdout.write(`with those who never read: ${server.peakMiB.toFixed(0)} MiB at the most\n`);
    expect(deaf.openCount).toBe(0);
    expect(server.peakMiB).toBeLessThan(MAX_MIB);

    // Short answers fit the system's buffers for long: the server cannot tell yet, but must stay as it is.
    const short = await Crowd.open(server.port, 4, { reads: false });
    const untilMs = performance.now() + IDLE_TIMEOUT_MS;
    await agency.sendWhile(() =>
      Promise.all(
        short.peers.map((peer, index) =>
          sendWithoutEnd(peer, [ask, bad][index % 2]!, () => performance.now() > untilMs),
        ),
      ),
    );
    await short.drop();
    expect(server.peakMiB).toBeLessThan(MAX_MIB);
  });

  test('beside one that connects and resets in a loop', async () => {
    const half = batch(1, bets(1, 1, 10)).subarray(0, 100);
    await agency.sendWhile(async () => {
      for (let round = 0; round < RESETS; round++) {
        const peer = await Peer.open(server.port);
        if (round % 2 === 0) await peer.write(half);
        resetSocket(peer.socket);
        await peer.closed;
      }
    });
    await untilClosed();
    expect(server.lineCount).toBeLessThan(10);
    expect(server.peakMiB).toBeLessThan(MAX_MIB);
  });

  test('beside half-open connections, whichever half', async () => {
    const half = batch(1, bets(1, 1, 10)).subarray(0, 100);
    const ended = await Crowd.open(server.port, HALF_OPEN);
    const kept = await Crowd.open(server.port, HALF_OPEN, { allowHalfOpen: true });
    const waiting = await Peer.open(server.port, { allowHalfOpen: true });
    await agency.sendWhile(async () => {
      // These say that nothing more comes, in the middle of a message.
      for (const { socket } of ended.peers) socket.end(half);
      await ended.closed();
      // These are refused, and do not close their side: the server does not wait for it.
      for (const { socket } of kept.peers) socket.write('nonsense\n');
      await Promise.all(kept.peers.map(({ socket }) => once(socket, 'end')));
      // This one has the right to its answer.
      waiting.socket.end('ECHO still here\n');
      expect(await waiting.until(/\n/)).toBe('ECHO still here\n');
      await untilClosed();
    });
    for (const { received } of ended.peers) expect(received).toBe('');
    for (const { received } of kept.peers) expect(received).toMatch(/^ERR,\d{8}0,bad-header,[^\n]*\n$/);
    await kept.drop();
  });

  // A FIN is a kind of event for each agency: more kinds than a limit for each could be kept in mind.
  test('and does not fill its log with FINs that come again and again', async () => {
    const everyAgency = Array.from({ length: AGENCIES - 1 }, (_, index) => agencyLine('FIN', index + 1));
    const peer = await Peer.open(server.port);
    for (let round = 0; round < 20; round++) await peer.write(everyAgency.join(''));
    peer.socket.write('ECHO done\n');
    await peer.until(/ECHO done\n/);
    expect((await server.stop()).exit).toBe(0);
    expect(server.output.split('action: receive_fin').length - 1).toBeLessThan(2 * AGENCIES);
  });
});

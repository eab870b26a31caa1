/** Thousands of connections that say nothing: they cost little, and nobody else is served worse. */
import { slackMs } from '../support/machine';
import { Stage } from '../support/programs';
import { GoodAgency } from './hostile/good_agency';
import { Crowd } from './hostile/peers';
import { descriptorLimit, describeOnLinux, WatchedServer } from './hostile/watched_server';

/** What a process needs beside its connections. */
const OTHER_DESCRIPTORS = 500;
const ROUNDS = 6;
const ROUND_MS = 250;
/** What the server has promised; more where the machine is busy. */
const STOP_BOUND_MS = 1_000;
const IDLE_TIMEOUT_MS = 2_000;
/** The server looks after timeouts four times a second, and begins its own count when it accepts. */
const CLOSED_NOT_BEFORE_MS = IDLE_TIMEOUT_MS - 300;

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const limit = process.platform === 'linux' ? descriptorLimit() : 0;

/** Sends to one server and to the other in turns, so that whatever else the machine does hits both. */
async function interleaved(one: GoodAgency, other: GoodAgency): Promise<{ one: number; other: number }> {
  const sums = { one: 0, other: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const turns = [
      async (): Promise<void> => void (sums.one += await one.sendFor(ROUND_MS)),
      async (): Promise<void> => void (sums.other += await other.sendFor(ROUND_MS)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return { one: sums.one / ROUNDS, other: sums.other / ROUNDS };
}

describeOnLinux.each([
  { count: 1_000, maxMiB: 300 },
  { count: 10_000, maxMiB: 300 },
])('$count idle connections', ({ count, maxMiB }) => {
  const hasRoom = limit >= count + OTHER_DESCRIPTORS;
  const testIfRoom = hasRoom ? test : test.skip;
  const reason = hasRoom ? '' : ` (skipped: a process may have ${limit} descriptors here)`;
  // A tenth is kept for those who have placed a bet, as the agency has.
  const environment = { MAX_CONNECTIONS: String(Math.ceil((count + 1) / 0.9)) };

  testIfRoom(`take little memory and time, and do not delay the end${reason}`, async () => {
    const crowded = await WatchedServer.start({ folder: stage.path('crowded'), environment });
    const calm = await WatchedServer.start({ folder: stage.path('calm') });
    try {
      const agencies = [await GoodAgency.open(crowded.port, 1), await GoodAgency.open(calm.port, 1)] as const;
      const beforeMiB = crowded.residentMiB;
      // They take no part in the end either: what is timed is the server alone.
      const crowd = await Crowd.open(crowded.port, count, { reads: false });
      const afterMiB = crowded.residentMiB;
      const { one, other } = await interleaved(...agencies);
      expect(crowd.openCount).toBe(count);
      const peakMiB = crowded.peakMiB;
      for (const agency of agencies) agency.close();
      const slack = slackMs();
      const { exit, tookMs } = await crowded.stop();
      await crowd.drop();
      process.stdout.write(
        `${count} idle connections: ${beforeMiB.toFixed(0)} MiB before, ${afterMiB.toFixed(0)} MiB with them, ` +
          `${peakMiB.toFixed(0)} MiB at the most; ${one.toFixed(0)} bets/s beside them, ${other.toFixed(0)} ` +
          `without, ratio ${(one / other).toFixed(2)}; SIGTERM took ${tookMs.toFixed(0)} ms\n`,
      );
      expect(exit).toBe(0);
      expect(tookMs).toBeLessThan(STOP_BOUND_MS + (await slack));
      expect(crowded.output).toMatch(/action: shutdown \| result: success/);
      expect(peakMiB).toBeLessThan(maxMiB);
      expect(one / other).toBeGreaterThan(0.5);
    } finally {
      await Promise.all([crowded.kill(), calm.kill()]);
    }
  });

  testIfRoom(`are closed when IDLE_TIMEOUT_MS is over, not before${reason}`, async () => {
    const server = await WatchedServer.start({
      folder: stage.path('ledger'),
      environment: { ...environment, IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS) },
    });
    try {
      const sockets = server.openSockets;
      const agency = await GoodAgency.open(server.port, 1);
      const crowd = await agency.sendWhile(async () => {
        const opened = await Crowd.open(server.port, count);
        await opened.closed();
        return opened;
      });
      const lifetimes = crowd.peers.map(({ lifetimeMs }) => lifetimeMs);
      process.stdout.write(
        `${count} idle connections were closed after ${Math.min(...lifetimes).toFixed(0)} to ` +
          `${Math.max(...lifetimes).toFixed(0)} ms (IDLE_TIMEOUT_MS ${IDLE_TIMEOUT_MS})\n`,
      );
      expect(Math.min(...lifetimes)).toBeGreaterThan(CLOSED_NOT_BEFORE_MS);
      // The agency's own connection is still there.
      await expectSockets(server, sockets + 1);
      agency.close();
    } finally {
      await server.kill();
    }
  });
});

/** The server notices a moment later that its peers have closed as well. */
async function expectSockets(server: WatchedServer, most: number): Promise<void> {
  for (let tries = 0; server.openSockets > most && tries < 250; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(server.openSockets).toBeLessThanOrEqual(most);
}

/** Disks that are full, and disks that fail: nothing that was refused is stored, nothing acknowledged is lost. */
import { Random } from '../../tools/random';
import { expectStopInTime, Program } from '../support/programs';
import { sendBatch, sendFin, storedBets, untilTaken } from './storage/bet_client';
import { Fault } from './storage/layer';
import { Play } from './storage/play';
import { chooseCuts, differences, playCuts } from './storage/power_cut';
import { ROUNDS, SEED, TIMEOUT_MS } from './storage/seed';
import { layerTests } from './storage/setting';

const { test: layerTest, setUp } = layerTests();

const UNAVAILABLE = /^ERR,\d{8}\d+,unavailable,/;
const REFUSAL = /action: refuse_message \| result: fail \| code: unavailable/g;

/** Stops the server, and holds every cut of the whole trace against what was promised. */
async function expectPromisesKept(
  play: Play,
  server: Program,
  count: number,
  imagesPerCut = 1,
): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const records = play.trace();
  expect(differences(records, play.files())).toEqual([]);
  const first = Math.max(0, records.findIndex(({ kind }) => kind === 'fault') - 20);
  const cuts = chooseCuts(records, play.scene, count * ROUNDS, new Random(SEED), first);
  const { scene, stage } = play;
  const { broken } = await playCuts({ records, scene, stage, seed: SEED, cuts, imagesPerCut });
  expect(broken).toEqual([]);
}

/** No more than one line of a kind in a second: the log of a failing disk can be read. */
function expectFewLines(server: Program, sinceMs: number): void {
  const seconds = (performance.now() - sinceMs) / 1_000;
  const failures = server.output.split('\n').filter((line) => line.includes('result: fail'));
  expect(failures.length).toBeLessThanOrEqual(2 * (seconds + 2));
  expect(server.errors).toBe('');
}

/** Faults that strike while three agencies send, and go away after some calls or when it was seen that they strike. */
const PASSING: readonly [string, readonly Fault[]][] = [
  ['one write of the log finds no room', [{ call: 'write', suffix: '-wal', action: 'ENOSPC', count: 1 }]],
  ['one write of the log fails', [{ call: 'write', suffix: '-wal', action: 'EIO', skip: 5, count: 1 }]],
  [
    'one write of the log fails half done',
    [{ call: 'write', suffix: '-wal', action: 'TORN', skip: 2, count: 1 }],
  ],
  ['one sync of the log fails', [{ call: 'commit', action: 'EIO', count: 1 }]],
  [
    'a sync of the log fails, then one of the database',
    [
      { call: 'commit', action: 'EIO', count: 1 },
      { call: 'sync', suffix: '.db', action: 'EIO', count: 1 },
    ],
  ],
  [
    'a sync of the log fails, and the log cannot be removed',
    [
      { call: 'commit', action: 'EIO', count: 1 },
      { call: 'unlink', suffix: '-wal', action: 'EIO', count: 1 },
    ],
  ],
  [
    'a sync of the log fails, and no file can be opened for a while',
    [
      { call: 'commit', action: 'EIO', count: 1 },
      { call: 'open', action: 'EIO', count: 4 },
    ],
  ],
  [
    'a write of the log and all of the database fail for a while',
    [
      { call: 'write', suffix: '-wal', action: 'EIO', count: 1 },
      { call: 'write', suffix: '.db', action: 'EIO', count: 5 },
    ],
  ],
  ['three syncs fail', [{ call: 'sync', action: 'EIO', count: 3 }]],
  ['seven syncs fail', [{ call: 'sync', action: 'EIO', count: 7 }]],
];

interface Struck {
  readonly play: Play;
  readonly server: Program;
  readonly agencies: readonly Program[];
  readonly sinceMs: number;
}

/**
 * Two agencies are in the middle of sending when the faults begin, and the server has refused something. The third agency
 * starts after that: however late the faults begin, something is still to be stored before the draw.
 */
async function strikeWhileSending(faults: readonly Fault[]): Promise<Struck> {
  const play = setUp({ agencies: 3, batches: 40, betsInBatch: 3, window: 2 });
  const sinceMs = performance.now();
  const server = await play.server.start();
  const first = play.startAgencies([1, 2]);
  await server.untilOutput(/apuesta_recibida.* agency: 1 \| batch: 10 /);
  play.server.setFaults(faults);
  const agencies = [...first, ...play.startAgencies([3])];
  await server.untilOutput(REFUSAL);
  return { play, server, agencies, sinceMs };
}

/** One agency's batch 1 of so many is acknowledged, then the fault begins. */
async function strikeBehindBatch1(
  batches: number,
  fault: Fault,
): Promise<Omit<Struck, 'agencies' | 'sinceMs'>> {
  const play = setUp({ agencies: 1, batches, betsInBatch: 2, window: 1 });
  const server = await play.server.start();
  expect(await sendBatch(play.server.port, play.scene, 1, 1)).toMatch(/^ACK,/);
  play.server.setFaults([fault]);
  return { play, server };
}

describe('while agencies send', () => {
  layerTest.each(PASSING)(
    '%s: refused, sent again, and every bet is in the draw once',
    async (_, faults) => {
      const { play, server, agencies, sinceMs } = await strikeWhileSending(faults);
      await play.expectWinners(agencies);
      expectFewLines(server, sinceMs);
      await expectPromisesKept(play, server, 8);
    },
    TIMEOUT_MS,
  );

  layerTest(
    'writes that take only a half are completed, and nobody notices',
    async () => {
      const play = setUp({ agencies: 2, batches: 20, betsInBatch: 3, window: 2 });
      const server = await play.server.start();
      play.server.setFaults([{ call: 'write', action: 'SHORT' }]);
      await play.expectWinners(play.startAgencies());
      expect(server.output).not.toMatch(/result: fail/);
      await expectPromisesKept(play, server, 8);
    },
    TIMEOUT_MS,
  );

  layerTest.each([
    [
      'full',
      [
        { call: 'write', action: 'SHORT', count: 1 },
        { call: 'write', action: 'ENOSPC' },
      ],
    ],
    ['failing', [{ call: 'sync', action: 'EIO' }]],
  ] as const)(
    'a disk that stays %s refuses everything, one line a second, and all goes on when it is well again',
    async (_, faults) => {
      const { play, server, agencies, sinceMs } = await strikeWhileSending(faults);
      for (let times = 0; times < 20; times++) {
        expect(await sendBatch(play.server.port, play.scene, 1, 40)).toMatch(UNAVAILABLE);
      }
      await server.untilOutput(/code: unavailable .* more: \d+/);
      expectFewLines(server, sinceMs);
      play.server.setFaults([]);
      await play.expectWinners(agencies);
      await expectPromisesKept(play, server, 8);
    },
    TIMEOUT_MS,
  );
});

describe('of a batch that was refused', () => {
  layerTest.each([1, 2, 3, 4, 5, 8])(
    'nothing is stored, when %d syncs in a row have failed',
    async (count) => {
      const { play, server } = await strikeBehindBatch1(3, { call: 'sync', action: 'EIO', count });
      const { port } = play.server;
      expect(await sendBatch(port, play.scene, 1, 2)).toMatch(UNAVAILABLE);
      let bets = -1;
      for (let left = 50; left > 0 && bets < 0; left--) bets = await storedBets(port, 1);
      expect(bets).toBe(2);
      await expectPromisesKept(play, server, 6);
    },
    TIMEOUT_MS,
  );
});

describe('of a batch that was refused and came again', () => {
  layerTest.each([1, 2, 3, 4, 5, 6, 8])(
    'the ACK is kept through a power cut, when %d syncs in a row have failed',
    async (count) => {
      const { play, server } = await strikeBehindBatch1(4, { call: 'sync', action: 'EIO', count });
      const { port } = play.server;
      for (let batchId = 2; batchId <= 4; batchId++) {
        expect(await untilTaken(() => sendBatch(port, play.scene, 1, batchId))).toMatch(/^ACK,/);
      }
      await expectPromisesKept(play, server, 16, 3);
    },
    TIMEOUT_MS,
  );
});

describe('at the end of the sale', () => {
  layerTest.each([
    ['the FIN', 'sync', 0],
    ['the closing of the sale', 'sync', 1],
    ['the draw’s result', 'sync', 2],
    ['the FIN', 'write', 0],
    ['the draw', 'write', 4],
    ['what the draw reads', 'read', 0],
  ] as const)(
    'a failure at %s (%s %d) delays the draw, which runs once and right',
    async (_, call, skip) => {
      const play = setUp({ agencies: 2, batches: 3, betsInBatch: 3, window: 1 });
      const server = await play.server.start();
      const { port } = play.server;
      for (const agency of play.scene.agencies) {
        for (let batchId = 1; batchId <= play.scene.size.batches; batchId++) {
          expect(await sendBatch(port, play.scene, agency, batchId)).toMatch(/^ACK,/);
        }
      }
      const firstWin = sendFin(port, 1);
      await server.untilOutput(/action: receive_fin/);
      play.server.setFaults([
        { call, action: 'EIO', skip, count: 1, ...(call !== 'read' && { suffix: '-wal' }) },
      ]);
      const win = await untilTaken(() => sendFin(port, 2));
      expect(win.slice(12)).toBe(play.scene.winnersOf(2));
      expect((await firstWin).slice(12)).toBe(play.scene.winnersOf(1));
      await server.untilOutput(/sorteo \| result: success/);
      expect(play.trace().some(({ kind }) => kind === 'fault')).toBe(true);
      await expectPromisesKept(play, server, 8);
      expect(server.output.match(/sorteo \| result: success/g)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});

describe('a server', () => {
  layerTest.each([
    ['full', [{ call: 'write', action: 'ENOSPC' }]],
    ['failing', [{ call: 'sync', action: 'EIO' }]],
  ] as const)(
    'that cannot make its ledger on a %s disk says so in one line, and can later',
    async (_, faults) => {
      const play = setUp({ agencies: 1, batches: 5, betsInBatch: 2, window: 1 });
      play.server.setFaults(faults);
      const failed = play.server.run();
      expect(await failed.exit).toBe(1);
      expect(failed.errors).toMatch(/^[^\n]*(full|I\/O)[^\n]*\n$/i);
      play.server.setFaults([]);
      const server = await play.server.start();
      await play.expectWinners(play.startAgencies());
      await expectPromisesKept(play, server, 10);
    },
  );

  layerTest('on a full disk is stopped within a second', async () => {
    const { play, server } = await strikeBehindBatch1(5, { call: 'write', action: 'ENOSPC' });
    expect(await sendBatch(play.server.port, play.scene, 1, 2)).toMatch(UNAVAILABLE);
    await expectStopInTime(server);
    expect(await server.exit).toBe(0);
  });
});

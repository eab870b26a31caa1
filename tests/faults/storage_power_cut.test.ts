/**
 * An ACK survives a power cut: a server's every write and sync is recorded, and the disk is put together as it may
 * be after a cut at any moment (storage/disk.ts and storage/disk_file.ts say what is taken for possible).
 */
import { appendFileSync } from 'node:fs';

import { Random } from '../../tools/random';
import { Play } from './storage/play';
import { chooseCuts, CutReport, databaseWrites, differences, playCuts, CutPlan } from './storage/power_cut';
import { ROUNDS, SEED, TIMEOUT_MS } from './storage/seed';
import { layerTests } from './storage/setting';
import { TraceRecord } from './storage/trace';

const { test: layerTest, setUp } = layerTests();

const WITHOUT_SYNCS: readonly [string, (name: string) => boolean][] = [
  ['of the log', (name) => !name.endsWith('-wal')],
  ['of the folders', (name) => name !== '' && name !== 'ledger'],
];

function cutsOf(
  { scene, stage }: Play,
  records: readonly TraceRecord[],
  plan: Pick<CutPlan, 'cuts'> & Partial<CutPlan>,
): Promise<CutReport> {
  return playCuts({ records, scene, stage, seed: SEED, ...plan });
}

function tellImages({ images }: CutReport, records: readonly TraceRecord[]): void {
  process.stdout.write(`${images} images after cuts in a trace of ${records.length} calls\n`);
}

/** A short lottery, the server killed and stopped in between, up to WINs that are asked for again. */
async function playShort(play: Play): Promise<readonly TraceRecord[]> {
  let server = await play.server.start();
  const agencies = play.startAgencies();
  for (const [signal, batch] of [
    ['SIGKILL', 20],
    ['SIGTERM', 45],
    ['SIGKILL', 70],
  ] as const) {
    await server.untilOutput(new RegExp(`apuesta_recibida.* agency: 1 \\| batch: ${batch} `));
    server.signal(signal);
    await server.exit;
    server = await play.server.start();
  }
  await play.expectWinners(agencies);
  server.signal('SIGTERM');
  await server.exit;
  server = await play.server.start();
  await play.expectWinners(play.startAgencies());
  server.signal('SIGKILL');
  await server.exit;
  return play.trace();
}

layerTest('what a kill cut off in the middle of the trace is no part of it', async () => {
  const play = setUp({ agencies: 1, batches: 3, betsInBatch: 3, window: 1 });
  const killed = await play.server.start();
  killed.signal('SIGKILL');
  await killed.exit;
  const before = play.trace().length;
  // A record says first how long it is.
  appendFileSync(play.server.traceFile, Buffer.from([100, 0, 0, 0, 87, 0, 0, 0, 1, 0]));
  const server = await play.server.start();
  await play.expectWinners(play.startAgencies());
  server.signal('SIGTERM');
  await server.exit;
  const records = play.trace();
  expect(records[before]?.kind).toBe('process');
  expect(differences(records, play.files())).toEqual([]);
});

layerTest(
  'a lottery with kills and restarts keeps every promise, whenever the power is cut',
  async () => {
    const play = setUp({ agencies: 3, batches: 90, betsInBatch: 3, window: 2 });
    const records = await playShort(play);
    expect(differences(records, play.files())).toEqual([]);
    const cuts = chooseCuts(records, play.scene, 120 * ROUNDS, new Random(SEED));
    const report = await cutsOf(play, records, { cuts });
    tellImages(report, records);
    expect(report.broken).toEqual([]);
    for (const [which, believedSyncs] of WITHOUT_SYNCS) {
      const { broken } = await cutsOf(play, records, { cuts, believedSyncs, enough: 1 });
      expect(`without the syncs ${which}: ${broken.length} broken`).toBe(
        `without the syncs ${which}: 1 broken`,
      );
    }
  },
  TIMEOUT_MS,
);

layerTest(
  'the log is moved into the database and begun anew under way, and every promise is kept at each moment of it',
  async () => {
    const play = setUp({ agencies: 2, batches: 1_200, betsInBatch: 3, window: 1 });
    const server = await play.server.start({ LOGGING_LEVEL: 'INFO' });
    await play.expectWinners(play.startAgencies());
    server.signal('SIGKILL');
    await server.exit;
    const records = play.trace();
    expect(differences(records, play.files())).toEqual([]);
    const from = startOfCheckpoint(records) - 50;
    const cuts = chooseCuts(records, play.scene, 24 * ROUNDS, new Random(SEED), from);
    const report = await cutsOf(play, records, { cuts });
    tellImages(report, records);
    expect(report.broken).toEqual([]);
    const believedSyncs = (name: string): boolean => !name.endsWith('.db');
    expect((await cutsOf(play, records, { cuts, believedSyncs, enough: 1 })).broken).toHaveLength(1);
  },
  TIMEOUT_MS,
);

/** Where the log's volume makes the server move it into the database, behind the making of the ledger. */
function startOfCheckpoint(records: readonly TraceRecord[]): number {
  const start = [...databaseWrites(records)].find((write) => write > records.length / 4);
  if (start === undefined) throw new Error('the log was not moved into the database');
  return start;
}

layerTest(
  'a server whose syncs do nothing is found out',
  async () => {
    const play = setUp({ agencies: 1, batches: 20, betsInBatch: 3, window: 2 });
    play.server.setFaults([{ call: 'sync', action: 'SWALLOW' }]);
    const server = await play.server.start();
    await play.expectWinners(play.startAgencies());
    server.signal('SIGKILL');
    await server.exit;
    const records = play.trace();
    const cuts = chooseCuts(records, play.scene, 20, new Random(SEED));
    expect((await cutsOf(play, records, { cuts })).broken.length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

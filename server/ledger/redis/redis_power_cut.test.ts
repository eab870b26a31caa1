import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { Random } from '../../../tools/random';
import { batchOf } from '../../testing/bets';
import { LedgerCalls } from '../testing/ledger_calls';
import { Connection } from './connection';
import { scanForWinners } from './draw_scan';
import { RedisLedger } from './redis_ledger';
import { readSums } from './state';
import { TestRedis } from './testing/test_redis';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const CUTS = 25;
const BATCHES = 60;
const ignore = (): void => undefined;

/** What a power cut may leave of a file whose end was never synced: any part of it. */
describeWithRedis('a Redis whose file ends anywhere', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  test(`seed ${SEED}: holds each group whole or not at all`, async () => {
    const random = new Random(SEED);
    const database = new TestRedis(server);
    const opened = await RedisLedger.open({
      url: database.url,
      terms: { agencies: 3, winnerNumber: 7_574 },
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    const ledger = new LedgerCalls(opened, 7_574);
    for (let batchId = 1; batchId <= BATCHES; batchId++) {
      await Promise.all([1, 2, 3].map((agency) => ledger.append(batchOf(agency, batchId))));
    }
    await ledger.close();
    const lengths = new Set<number>();
    for (let cut = 0; cut < CUTS; cut++) {
      await server.stop('SIGKILL');
      cutEnd(server.folder, random.below(700) + 1);
      await server.start();
      lengths.add(await requireWhole(database));
    }
    expect(lengths.size).toBeGreaterThan(3);
  }, 60_000);
});

function cutEnd(folder: string, bytes: number): void {
  const files = join(folder, 'appendonlydir');
  const name = readdirSync(files).find((each) => each.endsWith('.incr.aof'))!;
  const file = join(files, name);
  truncateSync(file, Math.max(0, statSync(file).size - bytes));
}

/** Every batch has its text, its head, its place in the list and in the sums, and its line. @returns how many there are */
async function requireWhole(database: TestRedis): Promise<number> {
  const connection = await Connection.open({ url: database.url });
  try {
    await scanForWinners(connection, 7_574);
    const batches = await database.batches();
    const lines = await database.auditLines();
    expect(lines).toHaveLength(batches.length);
    expect(new Set(lines)).toEqual(
      new Set(batches.map(([agency, batchId]) => `PUT,/agencies/${agency}/batches/${batchId},201,0`)),
    );
    for (const [agency, sums] of await readSums(connection)) {
      expect(await database.command('HGET', `lottery:agency:${agency}`, 'last_batch_id')).toBe(
        String(sums.batches),
      );
    }
    return batches.length;
  } finally {
    await connection.end();
  }
}

/** What every lottery of servers over one database must come to, whatever happened on the way. */
import { readFileSync } from 'node:fs';

import type { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import type { TestRedis } from '../../server/ledger/redis/testing/test_redis';
import { AGENCIES, dataFile, rowsOf, winnersOf } from './data';
import type { Program, Stage } from './programs';

/** Where a lottery is kept. */
export interface LotteryDatabase {
  /** How servers and tools find it. */
  readonly settings: Readonly<Record<string, string>>;
  auditLines(): Promise<readonly string[]>;
  /** How many bets of each agency are stored, by its number, and how many draws. */
  count(): Promise<{ readonly bets: ReadonlyMap<number, number>; readonly draws: number }>;
}

/** A database of a PostgreSQL. */
export function inPostgres(database: TestDatabase): LotteryDatabase {
  return {
    settings: { LEDGER: 'postgres', DATABASE_URL: database.url },
    auditLines: () => database.auditLines(),
    count: async () => {
      const counts = await database.sql<{ agency: number; bets: number }>(
        'SELECT agency, count(*)::integer AS bets FROM bets GROUP BY agency ORDER BY agency',
      );
      const [draw] = await database.sql<{ draws: number }>('SELECT count(*)::integer AS draws FROM draws');
      return { bets: new Map(counts.map(({ agency, bets }) => [agency, bets])), draws: draw!.draws };
    },
  };
}

/** A database of a Redis. */
export function inRedis(database: TestRedis): LotteryDatabase {
  return {
    settings: { LEDGER: 'redis', REDIS_URL: database.url },
    auditLines: () => database.auditLines(),
    count: async () => {
      const bets = new Map<number, number>();
      for (const [agency] of await database.batches()) {
        if (bets.has(agency)) continue;
        const texts = await database.command<string[]>('HVALS', `lottery:texts:${agency}`);
        bets.set(
          agency,
          texts.reduce((sum, text) => sum + text.split(';').length, 0),
        );
      }
      return { bets, draws: await database.command<number>('EXISTS', 'lottery:draw') };
    },
  };
}

/** A lottery over the committed data. */
export interface PlayedLottery {
  /** Where the agencies were started. */
  readonly stage: Stage;
  readonly database: LotteryDatabase;
  readonly agencies: readonly Program[];
}

/** Waits for all agencies, and holds their winners, the bets and the audit log against their files. */
export async function expectRightResult({ stage, database, agencies }: PlayedLottery): Promise<void> {
  for (const agency of agencies)
    expect({ exit: await agency.exit, errors: agency.errors }).toEqual({ exit: 0, errors: '' });
  for (const agency of AGENCIES) {
    const told = readFileSync(stage.path(`winners-${agency}.txt`), 'utf8');
    expect(told.split('\n').slice(0, -1)).toEqual(winnersOf(dataFile(agency)));
  }
  const rows = AGENCIES.map((agency) => [agency, rowsOf(dataFile(agency)).length] as const);
  expect(await database.count()).toEqual({ bets: new Map(rows), draws: 1 });
  const log = await database.auditLines();
  expect(log.filter((line) => line === 'PUT,/draw,201,0')).toHaveLength(1);
  const verification = stage.run('tools/audit/main.js', database.settings, ['--verify']);
  expect({ exit: await verification.exit, errors: verification.errors }).toEqual({ exit: 0, errors: '' });
}

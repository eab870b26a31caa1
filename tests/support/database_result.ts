/** What every lottery of servers over one PostgreSQL must come to, whatever happened on the way. */
import { readFileSync } from 'node:fs';

import type { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { AGENCIES, dataFile, rowsOf, winnersOf } from './data';
import type { Program, Stage } from './programs';

/** A lottery over the committed data. */
export interface PlayedLottery {
  /** Where the agencies were started. */
  readonly stage: Stage;
  readonly database: TestDatabase;
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
  const counts = await database.sql(
    'SELECT agency, count(*)::integer AS bets FROM bets GROUP BY agency ORDER BY agency',
  );
  expect(counts).toEqual(AGENCIES.map((agency) => ({ agency, bets: rowsOf(dataFile(agency)).length })));
  expect(await database.sql('SELECT count(*)::integer AS draws FROM draws')).toEqual([{ draws: 1 }]);
  const log = await database.auditLines();
  expect(log.filter((line) => line === 'PUT,/draw,201,0')).toHaveLength(1);
  const ledger = { LEDGER: 'postgres', DATABASE_URL: database.url };
  const verification = stage.run('tools/audit/main.js', ledger, ['--verify']);
  expect({ exit: await verification.exit, errors: verification.errors }).toEqual({ exit: 0, errors: '' });
}

/** Opens what a cut has left and holds it against what the server had promised. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { builtModule } from '../../support/built';
import { withDatabase } from '../../support/ledger_file';
import { Stage } from '../../support/programs';
import { Promises } from './promises';
import { Random } from '../../../tools/random';
import { EXTRA_BATCH_ID, Scene } from './scene';

const { Store } = builtModule<typeof import('../../../server/ledger/sqlite/store')>(
  'server/ledger/sqlite/store',
);
type OpenStore = ReturnType<typeof Store.open>;

/** What is wrong, one line each; empty when every promise is kept. */
export type Violations = string[];

/**
 * Checks the ledger in a folder with two readers, in either order: the server's own code, and plain SQL; and has a
 * server draw from it where all agencies have finished. It is changed by that.
 */
export async function checkImage(
  stage: Stage,
  folder: string,
  scene: Scene,
  promises: Promises,
  random: Random,
): Promise<Violations> {
  const checks = [
    () => checkWithSql(folder, scene, promises),
    () => checkWithStore(folder, scene, promises, random),
  ];
  if (random.chance(500)) checks.reverse();
  const violations: Violations = [];
  for (const check of checks) violations.push(...guard(check));
  if (violations.length === 0) violations.push(...(await checkDraw(stage, folder, scene)));
  return violations;
}

function guard(check: () => Violations): Violations {
  try {
    return check();
  } catch (error) {
    return [`cannot be opened or read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

interface BatchRow {
  readonly agency: number;
  readonly batch_id: number;
  readonly bets: number;
  readonly text: Buffer;
}

/** Reads with nothing but SQL. */
function checkWithSql(folder: string, scene: Scene, promises: Promises): Violations {
  const file = join(folder, 'lottery.db');
  const promised = promises.acknowledged.size + promises.wins.size;
  if (!existsSync(file)) return promised === 0 ? [] : ['the file is gone'];
  return withDatabase(new SqliteDatabase(file), (database) => {
    const isMade = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'bets'").get() !== undefined;
    if (!isMade) return promised === 0 ? [] : ['the tables are gone'];
    return [
      ...checkIntegrity(database),
      ...checkBatches(database, scene, promises),
      ...checkResult(database, scene, promises),
    ];
  });
}

function checkIntegrity(database: SqliteDatabase.Database): Violations {
  const told = database.pragma('integrity_check', { simple: true });
  return told === 'ok' ? [] : [`integrity_check: ${String(told)}`];
}

function checkBatches(database: SqliteDatabase.Database, scene: Scene, promises: Promises): Violations {
  const violations: Violations = [];
  const stored = new Set<string>();
  const expected = new Map<number, { bets: number; ids: number }>();
  const rows = database.prepare<[], BatchRow>(
    `SELECT agency, batch_id, bets, CAST(substr(text, byte_offset + 1, byte_length) AS BLOB) AS text
     FROM batches LEFT JOIN segments ON sequence = segment`,
  );
  for (const { agency, batch_id: batchId, bets, text } of rows.iterate()) {
    const key = `${agency},${batchId}`;
    const sent = scene.textOf(agency, batchId);
    if (sent === undefined || !Buffer.from(sent).equals(text))
      violations.push(`${key} was not sent like this`);
    else if (sent.split(';').length !== bets) violations.push(`${key} has another count of bets`);
    if (stored.has(key)) violations.push(`${key} is stored twice`);
    stored.add(key);
    const sum = expected.get(agency) ?? { bets: 0, ids: 0 };
    for (const bet of sent?.split(';') ?? []) {
      sum.bets++;
      sum.ids += Number(bet.split(',')[1]);
    }
    expected.set(agency, sum);
  }
  for (const key of promises.acknowledged) {
    if (!stored.has(key)) violations.push(`${key} was acknowledged and is not stored`);
  }
  return [...violations, ...checkView(database, expected)];
}

/** The view must show each bet of each stored batch, and no other. */
function checkView(
  database: SqliteDatabase.Database,
  expected: ReadonlyMap<number, { readonly bets: number; readonly ids: number }>,
): Violations {
  const shown = database
    .prepare<[], { agency: number; bets: number; different: number; ids: number }>(
      `SELECT agency, count(*) AS bets, count(DISTINCT bet_id) AS different, sum(bet_id) AS ids
       FROM bets GROUP BY agency`,
    )
    .all();
  const isRight =
    shown.length === expected.size &&
    shown.every(({ agency, bets, different, ids }) => {
      const sum = expected.get(agency);
      return sum?.bets === bets && sum.ids === ids && different === bets;
    });
  return isRight ? [] : [`the view shows ${JSON.stringify(shown)}, not ${JSON.stringify([...expected])}`];
}

function checkResult(database: SqliteDatabase.Database, scene: Scene, promises: Promises): Violations {
  const finished = database.prepare<[], number>('SELECT agency FROM finished_agencies').pluck().all();
  const draws = database.prepare<[], number>('SELECT bets FROM draws').pluck().all();
  const winners = database.prepare<[], [number, string]>('SELECT agency, documents FROM winners').raw().all();
  const violations: Violations = [];
  if (promises.wins.size > 0 && finished.length !== scene.size.agencies) violations.push('a FIN is gone');
  if (promises.wins.size > 0 && draws.length !== 1) violations.push('a WIN was sent and no draw is stored');
  if (draws.length === 0 && winners.length > 0) violations.push('winners without a draw');
  if (draws.length === 0) return violations;
  const { agencies, batches, betsInBatch } = scene.size;
  if (draws[0] !== agencies * batches * betsInBatch) violations.push(`drawn from ${draws[0]} bets`);
  const right = new Map(scene.agencies.map((agency) => [agency, scene.winnersOf(agency)]));
  if (
    winners.length !== right.size ||
    winners.some(([agency, documents]) => right.get(agency) !== documents)
  ) {
    violations.push('the stored winners are not those of the agencies’ files');
  }
  for (const [agency, documents] of promises.wins) {
    if (right.get(agency) !== documents) violations.push(`the WIN of ${agency} was another one`);
  }
  return violations;
}

/** Opens it as the server does, and goes on with it. */
function checkWithStore(folder: string, scene: Scene, promises: Promises, random: Random): Violations {
  const violations: Violations = [];
  const store = Store.open(folder, scene.terms);
  try {
    const { finishedAgencies, batches, draw } = store.state;
    if (batches < promises.acknowledged.size) violations.push(`only ${batches} batches are counted`);
    for (const [agency, documents] of promises.wins) {
      if (draw?.winners.get(agency) !== documents)
        violations.push(`the draw does not hold the WIN of ${agency}`);
    }
    for (const key of random.sample([...promises.acknowledged], 20)) {
      const [agency = 0, batchId = 0] = key.split(',').map(Number);
      expectOutcome(violations, append(store, scene, agency, batchId), 'already-stored', key);
    }
    for (const agency of scene.agencies) {
      const outcome = append(store, scene, agency, EXTRA_BATCH_ID);
      const allowed = finishedAgencies.has(agency) ? 'closed' : 'stored';
      expectOutcome(violations, outcome, allowed, `a new batch of ${agency}`);
      if (allowed === 'stored')
        expectOutcome(
          violations,
          append(store, scene, agency, EXTRA_BATCH_ID),
          'already-stored',
          'the same again',
        );
    }
  } finally {
    store.close();
  }
  return violations;
}

function append(store: OpenStore, scene: Scene, agency: number, batchId: number): string {
  const text = scene.textOf(agency, batchId) ?? '';
  const bets = text.split(';');
  const bytes = Buffer.from(text);
  store.begin();
  store.beginSegment(bytes);
  const lastBetId = Number(bets.at(-1)?.split(',')[1]);
  const { outcome } = store.place({ agency, batchId, betCount: bets.length, lastBetId }, 0, bytes.length);
  store.endSegment('');
  store.commit();
  return outcome;
}

function expectOutcome(violations: Violations, outcome: string, allowed: string, what: string): void {
  if (outcome !== allowed) violations.push(`${what} is answered ${outcome}, not ${allowed}`);
}

/** Where all agencies have finished, a server must draw from what is left, with the one right result. */
async function checkDraw(stage: Stage, folder: string, scene: Scene): Promise<Violations> {
  if (!isDrawDue(folder, scene)) return [];
  const { server } = await stage.startServer({
    DATA_DIR: folder,
    AGENCIES: String(scene.terms.agencies),
    LOTTERY_WINNER_NUMBER: String(scene.terms.winnerNumber),
  });
  await server.untilOutput(/action: sorteo \| result: success/);
  server.signal('SIGTERM');
  await server.exit;
  return checkWithSql(folder, scene, {
    acknowledged: new Set(),
    wins: new Map(scene.agencies.map((agency) => [agency, scene.winnersOf(agency)])),
    unavailable: 0,
  });
}

function isDrawDue(folder: string, scene: Scene): boolean {
  return withDatabase(new SqliteDatabase(join(folder, 'lottery.db')), (database) => {
    const finished = database.prepare<[], number>('SELECT count(*) FROM finished_agencies').pluck().get();
    const draws = database.prepare<[], number>('SELECT count(*) FROM draws').pluck().get();
    return finished === scene.size.agencies && draws === 0;
  });
}

/** Taking bets in: several servers over one database, beside what writes into that database without them. */
import { WireName } from '../load/wires';
import { BETS_TABLE } from '../peers/postgresql';
import { takeTurns, ThroughputRun, Turns } from '../throughput';
import { Database, StoredBets } from './database';
import { putLoad, requireStored, ScaleLoad } from './load';
import { RunningServers, startServers } from './servers';

/** A way to put bets into a database. */
export interface Way {
  readonly name: string;
  /** What an answer of it promises, in a few words. */
  readonly promise: string;
  readonly wire: WireName;
  /** The tables that must be there. */
  readonly tables?: string;
  start(database: Database, agencies: number): Promise<RunningServers>;
  stored(database: Database): Promise<StoredBets>;
}

/** Servers of ours. */
export function lotteryServers(count: number): Way {
  return {
    name: count === 1 ? '1 server' : `${count} servers`,
    promise: 'synced, no duplicates, every field checked',
    wire: 'lottery',
    start: (database, agencies) => startServers(database, count, agencies),
    stored: (database) => database.storedBatches(),
  };
}

/** A COPY for each batch: the yardstick. */
export const COPY: Way = straight('COPY', 'postgresql');
/** An INSERT for each batch. */
export const ROWS: Way = straight('INSERT, rows', 'postgresql-rows');

/** A connection of the database for each agency, a row for each bet, a commit for each batch. */
function straight(name: string, wire: WireName): Way {
  return {
    name,
    promise: 'synced; a batch that comes again is kept twice; numbers and dates checked',
    wire,
    tables: BETS_TABLE,
    start: ({ port }) => Promise.resolve({ ports: [port], processIds: [], stop: () => Promise.resolve() }),
    stored: (database) => database.storedRows(),
  };
}

/** What the load is like. */
export interface TakingPlan extends Turns<Way> {
  /** One connection each. */
  readonly agencies: number;
  /** Batches in flight on each connection. */
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** One way at one batch size in one round. */
export interface TakingRun extends ThroughputRun, ScaleLoad {}

/**
 * Measures all ways by turns, each into an empty database.
 *
 * @param report called with each run as it ends
 * @throws OperationError when what is stored is not what was acknowledged
 */
export function measureTaking(
  database: Database,
  plan: TakingPlan,
  report: (run: ThroughputRun) => void,
): Promise<TakingRun[]> {
  const turns = { ...plan, cases: plan.betCounts };
  return takeTurns(turns, (way, betCount) => measureWay(database, plan, way, betCount), report);
}

async function measureWay(
  database: Database,
  { agencies, window, warmUpMs, measureMs }: TakingPlan,
  way: Way,
  betCount: number,
): Promise<TakingRun> {
  await database.beginAnew(way.tables);
  const servers = await way.start(database, agencies);
  try {
    const plan = { connections: agencies, window, betCount, warmUpMs, measureMs, wire: way.wire };
    const load = await putLoad(database, servers, plan);
    const { acknowledgedBatches: batches } = load;
    requireStored({ batches, bets: batches * betCount }, await way.stored(database));
    return { ...load, contestant: way.name, betCount };
  } finally {
    await servers.stop();
  }
}

/** One lottery over one database: started from scratch, loaded with bets, and drawn. */
import { LoadPlan } from '../load/load';
import { Database } from './database';
import { DrawFigures, measureDraw } from './draw';
import { putLoad, requireStored, ScaleLoad } from './load';
import { RunningServers, startServers } from './servers';

/** A lottery's size. */
export interface LotterySize {
  readonly servers: number;
  /** One connection each, spread evenly over the servers. */
  readonly agencies: number;
}

/** A lottery that bets can be put into. */
export class LotteryRun {
  readonly #database: Database;
  readonly #servers: RunningServers;
  readonly #agencies: number;
  #batches = 0;
  #bets = 0;

  /** Runs a lottery in an emptied database; its servers are stopped when the work is done, or has failed. */
  static async in<Result>(
    database: Database,
    { servers: count, agencies }: LotterySize,
    work: (lottery: LotteryRun) => Promise<Result>,
  ): Promise<Result> {
    await database.beginAnew();
    const servers = await startServers(database, count, agencies);
    try {
      return await work(new LotteryRun(database, servers, agencies));
    } finally {
      await servers.stop();
    }
  }

  private constructor(database: Database, servers: RunningServers, agencies: number) {
    this.#database = database;
    this.#servers = servers;
    this.#agencies = agencies;
  }

  /** The bets that were acknowledged so far. */
  get bets(): number {
    return this.#bets;
  }

  /**
   * Puts a load on it.
   *
   * @throws OperationError also when what is stored then is not what was acknowledged
   */
  async put(plan: Omit<LoadPlan, 'ports' | 'connections' | 'firstBatchId'>): Promise<ScaleLoad> {
    // Above every id that any agency can have reached.
    const firstBatchId = this.#batches + 1;
    const load = await putLoad(this.#database, this.#servers, {
      ...plan,
      connections: this.#agencies,
      firstBatchId,
    });
    this.#batches += load.acknowledgedBatches;
    this.#bets += load.acknowledgedBatches * plan.betCount;
    requireStored({ batches: this.#batches, bets: this.#bets }, await this.#database.storedBatches());
    return load;
  }

  /** Ends it. @throws OperationError as {@link measureDraw} does */
  draw(): Promise<DrawFigures> {
    return measureDraw(this.#database, this.#servers, this.#agencies, this.#bets);
  }
}

import type { LedgerNews, LedgerState } from '../ledger';
import type { Connection } from './connection';
import { NEWS_CHANNEL } from './database_constants';
import { Pause } from './pause';
import { readDraw, readSums } from './state';

/** How often is looked though nothing was told: nobody tells of batches, and a notice is lost with its connection. */
const LOOK_MS = 250;
/** The sums of so many agencies are read at each look; of more, less often. */
const AGENCIES_AT_ONCE = 1_000;

/** What a watch needs. */
export interface NewsWatchSettings {
  readonly connect: () => Promise<Connection>;
  readonly listener: (news: LedgerNews) => void;
  /** What the ledger held when it was opened. */
  readonly openedWith: LedgerState;
}

interface Progress {
  readonly agencies_finished: number;
  readonly has_draw: boolean;
}

/**
 * Learns how far the lottery is from whichever server brings it there: the database tells at once (LISTEN), and is
 * asked four times a second. It ends with the draw, behind which nothing changes.
 */
export class NewsWatch {
  readonly #settings: NewsWatchSettings;
  /** How many agencies it was told of that they have finished. */
  #finished: number;
  /** How many batches the sums came to that were told last, and when the next are to be looked at. */
  #batches: number;
  #sumsDueAtMs = 0;
  #connection: Connection | undefined;
  #isOver = false;
  #isTold = false;
  readonly #pause = new Pause();

  constructor(settings: NewsWatchSettings) {
    this.#settings = settings;
    this.#finished = settings.openedWith.finishedAgencies.size;
    this.#batches = settings.openedWith.batches;
    void this.#run();
  }

  /** Ends the watch. */
  close(): void {
    this.#isOver = true;
    this.#connection?.destroy('the ledger is closed');
    this.#pause.end();
  }

  /** Whether something was told while it was looked. */
  #wasTold(): boolean {
    return this.#isTold;
  }

  #goesOn(): boolean {
    return !this.#isOver;
  }

  async #run(): Promise<void> {
    while (this.#goesOn()) {
      try {
        await this.#listen();
      } catch {
        // The connection is lost, or there is none: the writer of this ledger tells of it. The next one is tried.
      }
      if (this.#goesOn()) await this.#pause.take(LOOK_MS);
    }
  }

  async #listen(): Promise<void> {
    const connection = await this.#settings.connect();
    this.#connection = connection;
    try {
      await connection.listen(NEWS_CHANNEL, () => {
        this.#isTold = true;
        this.#pause.end();
      });
      while (this.#goesOn() && !connection.lost.aborted) {
        this.#isTold = false;
        await this.#look(connection);
        if (this.#goesOn() && !this.#wasTold()) await this.#pause.take(LOOK_MS);
      }
    } finally {
      connection.destroy('the watch has ended');
    }
  }

  async #look(connection: Connection): Promise<void> {
    const [progress] = await connection.query<Progress>(
      'SELECT agencies_finished, EXISTS (SELECT FROM draws) AS has_draw FROM lottery',
      [],
      'news',
    );
    if (progress === undefined) return;
    const newlyFinished =
      progress.agencies_finished > this.#finished ? await this.#readFinished(connection) : [];
    const sums = await this.#newSums(connection, progress.has_draw);
    const draw = progress.has_draw ? await readDraw(connection) : undefined;
    if (this.#isOver || (newlyFinished.length === 0 && sums.size === 0 && draw === undefined)) return;
    this.#finished += newlyFinished.length;
    this.#isOver = draw !== undefined;
    this.#settings.listener({ newlyFinished, draw, sums });
  }

  /** Those that were not told. */
  async #readFinished(connection: Connection): Promise<readonly number[]> {
    const rows = await connection.query<{ agency: number }>(
      'SELECT agency FROM finished_agencies WHERE ordinal > $1 ORDER BY ordinal',
      [this.#finished],
    );
    return rows.map(({ agency }) => agency);
  }

  /** The sums, when it is time for them and they are others than before; or else none. */
  async #newSums(connection: Connection, isLast: boolean): Promise<LedgerNews['sums']> {
    if (!isLast && performance.now() < this.#sumsDueAtMs) return new Map();
    const sums = await readSums(connection);
    this.#sumsDueAtMs = performance.now() + LOOK_MS * Math.ceil(sums.size / AGENCIES_AT_ONCE);
    let batches = 0;
    for (const sum of sums.values()) batches += sum.batches;
    if (batches === this.#batches) return new Map();
    this.#batches = batches;
    return sums;
  }
}

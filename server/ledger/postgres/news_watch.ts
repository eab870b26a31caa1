import type { LedgerNews, LedgerState } from '../ledger';
import type { Connection } from './connection';
import { NEWS_CHANNEL } from './functions';
import { readDraw, readSums } from './state';

/** How often is looked though nothing was told: nobody tells of batches, and a notice is lost with its connection. */
const LOOK_MS = 250;

/** What a watch needs. */
export interface NewsWatchSettings {
  readonly connect: () => Promise<Connection>;
  readonly listener: (news: LedgerNews) => void;
  /** What the ledger held when it was opened. */
  readonly openedWith: LedgerState;
}

interface Progress {
  readonly agencies_finished: number;
  readonly batches: number;
  readonly has_draw: boolean;
}

/**
 * Learns how far the lottery is from whichever server brings it there: the database tells at once (LISTEN), and is
 * asked four times a second. It ends with the draw, behind which nothing changes.
 */
export class NewsWatch {
  readonly #settings: NewsWatchSettings;
  #finishedAgencies: number;
  #batches: number;
  #connection: Connection | undefined;
  #isOver = false;
  #isTold = false;
  #wake: () => void = () => undefined;

  constructor(settings: NewsWatchSettings) {
    this.#settings = settings;
    this.#finishedAgencies = settings.openedWith.finishedAgencies.size;
    this.#batches = settings.openedWith.batches;
    void this.#run();
  }

  /** Ends the watch. */
  close(): void {
    this.#isOver = true;
    this.#connection?.destroy('the ledger is closed');
    this.#wake();
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
      if (this.#goesOn()) await this.#pause();
    }
  }

  async #listen(): Promise<void> {
    const connection = await this.#settings.connect();
    this.#connection = connection;
    try {
      await connection.listen(NEWS_CHANNEL, () => {
        this.#isTold = true;
        this.#wake();
      });
      while (this.#goesOn() && !connection.lost.aborted) {
        this.#isTold = false;
        await this.#look(connection);
        if (this.#goesOn() && !this.#wasTold()) await this.#pause();
      }
    } finally {
      connection.destroy('the watch has ended');
    }
  }

  async #look(connection: Connection): Promise<void> {
    const [progress] = await connection.query<Progress>(
      `SELECT agencies_finished, EXISTS (SELECT FROM draws) AS has_draw,
         (SELECT coalesce(sum(batches), 0)::bigint FROM standings) AS batches
       FROM lottery`,
      [],
      'news',
    );
    if (progress === undefined) return;
    const { agencies_finished: finished, batches, has_draw: hasDraw } = progress;
    if (finished <= this.#finishedAgencies && batches <= this.#batches && !hasDraw) return;
    const rows = await connection.query<{ agency: number }>('SELECT agency FROM finished_agencies');
    const sums = await readSums(connection);
    const draw = hasDraw ? await readDraw(connection) : undefined;
    if (this.#isOver) return;
    this.#finishedAgencies = rows.length;
    this.#batches = batches;
    this.#isOver = draw !== undefined;
    this.#settings.listener({ finishedAgencies: new Set(rows.map(({ agency }) => agency)), draw, sums });
  }

  /** Until the next look, or until something was told. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

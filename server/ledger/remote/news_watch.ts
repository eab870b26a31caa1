import { SYSTEM_CLOCK } from '../../../program/clock';
import type { LedgerNews, LedgerState } from '../ledger';
import { Pause } from './pause';
import type { DrawConnection, NewsConnection, RemoteConnection } from './remote_store';

/** How often the watch looks unasked: nobody tells of batches, and a notice is lost when there is no connection. */
const LOOK_MS = 250;
/** The sums of this many agencies are read at each look; those of more agencies less often. */
const AGENCIES_AT_ONCE = 1_000;

/** What a watch needs. */
export interface NewsWatchSettings {
  readonly connect: () => Promise<RemoteConnection>;
  readonly listener: (news: LedgerNews) => void;
  /** What the ledger held when it was opened. */
  readonly openedWith: LedgerState;
}

/** What it does with a connection. */
type WatchedConnection = NewsConnection & Pick<DrawConnection, 'readDraw'>;

/**
 * Learns how far the lottery is, whichever server has brought it there: the store tells of FINs and of the draw at once,
 * and is asked four times a second. The watch ends with the draw, after which nothing changes.
 */
export class NewsWatch {
  readonly #settings: NewsWatchSettings;
  /** How many agencies it was told of that have finished. */
  #finished: number;
  /** Whether it has told that the sale is closed. */
  #isClosed: boolean;
  /** How many batches the sums came to that were told last, and when the next sums are due. */
  #batches: number;
  #sumsDueAtMs = 0;
  #connection: RemoteConnection | undefined;
  #isOver = false;
  #isTold = false;
  #clockAheadMs = 0;
  readonly #pause = new Pause(SYSTEM_CLOCK);

  /** Begins to watch. */
  constructor(settings: NewsWatchSettings) {
    this.#settings = settings;
    this.#finished = settings.openedWith.finishedAgencies.size;
    this.#isClosed = settings.openedWith.closedWith !== undefined;
    this.#batches = settings.openedWith.batches;
    void this.#run();
  }

  /** How far the store's clock is ahead of this machine's, in milliseconds, as it was found last. */
  get clockAheadMs(): number {
    return this.#clockAheadMs;
  }

  /** Ends the watch. */
  close(): void {
    this.#isOver = true;
    this.#connection?.destroy('the ledger is closed');
    this.#pause.end();
  }

  /** Whether something was told during the look. */
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
      await connection.listen(() => {
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

  async #look(connection: WatchedConnection): Promise<void> {
    const askedAtMs = Date.now();
    const { finished, firstFinishedAtMs, closedWith, hasDraw, nowMs } = await connection.readProgress();
    // The store has looked at its clock at some time in between.
    this.#clockAheadMs = nowMs - (askedAtMs + Date.now()) / 2;
    const newlyFinished = finished > this.#finished ? await connection.readFinishedAfter(this.#finished) : [];
    const sums = await this.#newSums(connection, hasDraw);
    const draw = hasDraw ? await connection.readDraw() : undefined;
    const isClosedNow = closedWith !== undefined && !this.#isClosed;
    if (this.#isOver || (newlyFinished.length === 0 && sums.size === 0 && !isClosedNow && draw === undefined))
      return;
    this.#finished += newlyFinished.length;
    this.#isClosed = closedWith !== undefined;
    this.#isOver = draw !== undefined;
    this.#settings.listener({ newlyFinished, firstFinishedAtMs, closedWith, draw, sums });
  }

  /** The sums, when they are due and have changed; otherwise none. */
  async #newSums(connection: WatchedConnection, isLast: boolean): Promise<LedgerNews['sums']> {
    if (!isLast && performance.now() < this.#sumsDueAtMs) return new Map();
    const sums = await connection.readSums();
    this.#sumsDueAtMs = performance.now() + LOOK_MS * Math.ceil(sums.size / AGENCIES_AT_ONCE);
    let batches = 0;
    for (const sum of sums.values()) batches += sum.batches;
    if (batches === this.#batches) return new Map();
    this.#batches = batches;
    return sums;
  }
}

import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { LedgerUnavailable, LotteryTerms } from '../../server/ledger/ledger';
import { FoundWinners } from '../../server/ledger/draw';
import { openStore } from '../../server/ledger/sqlite/open_store';
import { scanForWinners } from '../../server/ledger/sqlite/draw_scan';
import { SqliteLedger } from '../../server/ledger/sqlite/sqlite_ledger';
import { SqliteLedgerParts, WinnerSearch } from '../../server/ledger/sqlite/sqlite_parts';
import { LEDGER_FILE } from '../../server/ledger/sqlite/store';
import { newRingMemory } from '../../server/ledger/sqlite/submission_ring';
import { StartedWriter } from '../../server/ledger/sqlite/start_writer';
import { WriterStart } from '../../server/ledger/sqlite/writer_messages';
import { LedgerWatch } from './ledger_watch';
import { LifeClock } from './life_clock';
import { DiskImage, SimulatedDisk } from './simulated_disk';
import { SimulatedStorage } from './simulated_storage';
import { CommitFault, SimulatedWriter } from './simulated_writer';
import { SqliteReader } from './sqlite_reader';

const MAX_DELAY_MS = 5;
const MAX_BATCH_BYTES = 64 * 1024;
/** More than the agencies send at a time: doors, too, take no more than there is room for. */
const MAX_TEXTS_BYTES = 64 * 1024;
/** One server at a time puts operations, in one schedule at a time: there need not be a new megabyte for each. */
const SLOTS = newRingMemory(0);
/** While the storage fails, so many of the commits do, and so many of these only when all is written. */
const FAILING_SHARE = 0.7;
const NOT_SYNCED_SHARE = 0.4;

/** What a {@link SimulatedSqlite} needs around it. */
export interface SimulatedSqliteContext {
  readonly terms: LotteryTerms;
  readonly random: () => number;
  readonly wallTimeMs: () => number;
  /** Told of a broken promise. */
  readonly report: (error: Error) => void;
  /** The disk's server has been killed. */
  readonly onKilled: () => void;
}

/** The shipped ledger in SQLite, its writer and its search run in this process, over a disk that outlives them. */
export class SimulatedSqlite implements SimulatedStorage {
  readonly watch: LedgerWatch;
  isFailing = false;
  readonly #context: SimulatedSqliteContext;
  readonly #disk = new SimulatedDisk();
  #reader: SqliteReader | undefined;
  #writer: SimulatedWriter | undefined;
  #lastSequence = 0;
  #drawnAt: string | undefined;
  /** What befalls the next commit. */
  #strike: CommitFault = 'none';
  #isImageTaken = false;

  constructor(context: SimulatedSqliteContext) {
    this.#context = context;
    this.watch = new LedgerWatch(context.terms);
  }

  open(life: LifeClock): Promise<SqliteLedger> {
    const settings = {
      folder: this.#disk.folder,
      terms: this.#context.terms,
      maxBatchBytes: MAX_BATCH_BYTES,
      onBroken: this.#context.report,
      onTrouble: () => undefined,
    };
    return SqliteLedger.open(settings, this.#partsFor(life));
  }

  look(): void {
    this.#writer?.look();
  }

  strike(): void {
    this.#strike = this.#context.random() < 0.5 ? 'killed-within' : 'killed-after';
  }

  killed(): void {
    if (this.#isImageTaken) this.#isImageTaken = false;
    else this.#leaveAs(this.#disk.isMade ? this.#disk.keep() : undefined);
  }

  checkEnd(): void {
    const whole = new LedgerWatch(this.#context.terms);
    const reader = new SqliteReader(this.#disk.folder);
    try {
      whole.take(reader.readAfter(0));
    } finally {
      reader.close();
    }
    if (whole.betCount !== this.watch.betCount || whole.texts.size !== this.watch.texts.size)
      throw new Error('what was stored is not there any more');
  }

  remove(): void {
    this.#leaveAs(undefined);
    this.#disk.remove();
  }

  #partsFor(life: LifeClock): SqliteLedgerParts {
    return {
      takeFolder: () => ({ isMade: this.#disk.isMade, markMade: () => undefined, release: () => undefined }),
      startWriter: (start) => this.#startWriter({ ...start, folder: this.#disk.folder }, life),
      newSearch: () => this.#newSearch(life),
      newMemory: () => ({ ...newRingMemory(MAX_TEXTS_BYTES), slots: SLOTS.slots }),
      clock: life,
    };
  }

  async #startWriter(start: WriterStart, life: LifeClock): Promise<StartedWriter> {
    await new Promise<void>((resolve) => void life.after(this.#delayMs(), resolve));
    const store = openStore(start, this.#context.wallTimeMs);
    this.#writer = new SimulatedWriter(store, start, {
      disk: this.#disk,
      life,
      random: this.#context.random,
      delayMs: () => this.#delayMs(),
      nextFault: () => this.#nextFault(),
      committed: () => this.#takeCommitted(),
      release: () => this.#closeReader(),
      killed: (image) => this.#die(image),
    });
    this.#reader = new SqliteReader(this.#disk.folder);
    if (start.committedFrames !== undefined && this.#reader.lastSequence > this.#lastSequence)
      this.#context.report(new Error('what was rejected is stored'));
    this.#takeCommitted();
    return { writer: this.#writer, state: store.state };
  }

  #newSearch(life: LifeClock): WinnerSearch {
    return {
      prepare: () => undefined,
      stop: () => Promise.resolve(),
      run: async (winnerNumber) => {
        await new Promise<void>((resolve) => void life.after(this.#delayMs(), resolve));
        if (this.isFailing && this.#context.random() < FAILING_SHARE)
          throw new LedgerUnavailable('the disk cannot be read');
        return searchIn(this.#disk.folder, winnerNumber);
      },
    };
  }

  #takeCommitted(): void {
    if (this.#reader === undefined) return;
    try {
      this.#take(this.#reader);
    } catch (error) {
      // Not to be taken for a failure of the storage.
      this.#context.report(error as Error);
    }
  }

  #take(reader: SqliteReader): void {
    if (reader.lastSequence < this.#lastSequence) throw new Error('what was stored has vanished');
    this.watch.take(reader.readAfter(this.#lastSequence));
    this.#lastSequence = reader.lastSequence;
    if (this.#drawnAt !== undefined && reader.drawnAt !== this.#drawnAt) throw new Error('drawn twice');
    this.#drawnAt = reader.drawnAt;
  }

  #nextFault(): CommitFault {
    const struck = this.#strike;
    this.#strike = 'none';
    if (struck !== 'none') return struck;
    if (!this.isFailing || this.#context.random() >= FAILING_SHARE) return 'none';
    return this.#context.random() < NOT_SYNCED_SHARE ? 'not-synced' : 'full';
  }

  #die(image: DiskImage): void {
    this.#isImageTaken = true;
    this.#leaveAs(image);
    this.#context.onKilled();
  }

  #leaveAs(image: DiskImage | undefined): void {
    this.#closeReader();
    this.#writer?.abandon();
    this.#writer = undefined;
    if (image !== undefined) this.#disk.restore(image);
  }

  #closeReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #delayMs(): number {
    return this.#context.random() * MAX_DELAY_MS;
  }
}

function searchIn(folder: string, winnerNumber: number): FoundWinners {
  const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
  try {
    return scanForWinners(database, winnerNumber);
  } finally {
    database.close();
  }
}

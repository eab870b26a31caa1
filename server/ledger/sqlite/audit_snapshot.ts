import type { Database } from 'better-sqlite3';

import { oneLine } from '../../../program/exit';
import type {
  AuditSegment,
  LedgerSnapshot,
  PlacedBatch,
  PlacedNote,
  StoredLottery,
  WinnersFound,
} from '../audit_reader';
import { DrawRunner } from './draw_runner';
import { storedNotes } from './notes_table';
import { SmallTables } from './small_tables';

/**
 * A ledger's file as it stands when the transaction is begun. The bets themselves are read beside it, in a thread of
 * their own, by the code of the draw; once a draw is stored, no bet is added.
 */
export class SqliteSnapshot implements LedgerSnapshot {
  readonly stored: StoredLottery;
  readonly segments: () => Iterable<AuditSegment>;
  readonly #database: Database;
  readonly #runner: DrawRunner;
  readonly #found: Promise<WinnersFound>;

  /**
   * @param database the ledger's file, in a transaction
   * @throws OperationError when one of the small tables is damaged
   */
  constructor(folder: string, database: Database, segments: () => Iterable<AuditSegment>) {
    this.#database = database;
    this.segments = segments;
    const small = new SmallTables(database);
    const { agencies, winnerNumber, closedWith } = small.readLottery();
    this.stored = {
      agencies,
      isSaleClosed: closedWith !== undefined,
      finished: finishedOf(database, small),
      finishPlace: 'behind',
      draw: small.readDraw(),
    };
    this.#runner = new DrawRunner({ folder });
    this.#found = findWinners(this.#runner, this.stored.draw?.winnerNumber ?? winnerNumber);
  }

  *batches(): Generator<PlacedBatch> {
    yield* this.#database
      .prepare<[], PlacedBatch>(
        'SELECT agency, batch_id AS batchId, bets, segment FROM batches ORDER BY segment, byte_offset',
      )
      .iterate();
  }

  notes(): Iterable<PlacedNote> {
    return storedNotes(this.#database);
  }

  findWinners(): Promise<WinnersFound> {
    return this.#found;
  }

  /** Ends the thread. The database is the caller's. */
  close(): Promise<void> {
    return this.#runner.stop();
  }
}

/** @param winnerNumber `undefined` while it is not known, and where the draw was called off before: then nobody wins */
async function findWinners(runner: DrawRunner, winnerNumber: number | undefined): Promise<WinnersFound> {
  if (winnerNumber === undefined) return { winners: new Map() };
  try {
    const { winners } = await runner.run(winnerNumber);
    return { winners };
  } catch (error) {
    return { reason: oneLine(error) };
  }
}

/** The agencies that have finished, and after which segment. @throws OperationError when that is damaged */
function finishedOf(database: Database, small: SmallTables): Map<number, number> {
  // This looks at the checksums of all rows.
  small.readFinished();
  const rows = database
    .prepare<[], [number, number]>('SELECT agency, after_segment FROM finished_agencies')
    .raw()
    .all();
  return new Map(rows);
}

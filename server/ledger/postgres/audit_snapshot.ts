import { OperationError } from '../../../program/exit';
import type {
  AuditSegment,
  LedgerSnapshot,
  PlacedBatch,
  PlacedNote,
  StoredLottery,
  WinnersFound,
} from '../audit_reader';
import { Connection, explanationOf } from './connection';
import { scanForWinners } from './draw_scan';
import { readDraw } from './state';

/** How many rows of batches, or of notes, are read at once. */
const ROWS_AT_ONCE = 4_096;

interface LotteryRow {
  readonly agencies: number;
  /** None where it is not known before the sale is sealed. */
  readonly winner_number: number | null;
  readonly sale_closed: boolean;
}

/**
 * A ledger as its transaction's snapshot shows it. A group may be missing though groups with higher numbers are there: none
 * of these depends on it, or it would have waited for its commit.
 */
export class PostgresSnapshot implements LedgerSnapshot {
  readonly stored: StoredLottery;
  readonly segments: () => AsyncIterable<AuditSegment>;
  readonly #connection: Connection;
  readonly #winnerNumber: number | undefined;

  /**
   * Takes the snapshot. It ends with the connection.
   *
   * @param segments reads all segments over the same connection
   * @throws OperationError when the ledger cannot be read, or the lottery's row is missing
   */
  static async take(
    connection: Connection,
    segments: () => AsyncIterable<AuditSegment>,
  ): Promise<PostgresSnapshot> {
    try {
      await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const [lottery] = await connection.query<LotteryRow>(
        'SELECT agencies, winner_number, sale_closed FROM lottery',
      );
      if (lottery === undefined) {
        throw new OperationError('the ledger is damaged: the table lottery is empty');
      }
      const stored: StoredLottery = {
        agencies: lottery.agencies,
        isSaleClosed: lottery.sale_closed,
        finished: await readFinished(connection),
        finishPlace: 'in',
        draw: await readDraw(connection),
      };
      const winnerNumber = stored.draw?.winnerNumber ?? lottery.winner_number ?? undefined;
      return new PostgresSnapshot(stored, segments, connection, winnerNumber);
    } catch (error) {
      throw explanationOf(error);
    }
  }

  private constructor(
    stored: StoredLottery,
    segments: () => AsyncIterable<AuditSegment>,
    connection: Connection,
    winnerNumber: number | undefined,
  ) {
    this.stored = stored;
    this.segments = segments;
    this.#connection = connection;
    this.#winnerNumber = winnerNumber;
  }

  /** The database sorts the batches, on its disk if there are many, and hands them over in parts. */
  batches(): AsyncGenerator<PlacedBatch> {
    return this.#rows<PlacedBatch>(
      'batches_in_order',
      `SELECT agency, batch_id AS "batchId", bets, sequence AS segment FROM batches ORDER BY sequence, position`,
    );
  }

  notes(): AsyncGenerator<PlacedNote> {
    return this.#rows<PlacedNote>('all_notes', 'SELECT owner, name, sequence AS segment FROM notes');
  }

  async findWinners(): Promise<WinnersFound> {
    if (this.#winnerNumber === undefined) return { winners: new Map() };
    try {
      const { winners } = await scanForWinners(this.#connection, this.#winnerNumber);
      return { winners };
    } catch (error) {
      if (error instanceof OperationError) return { reason: error.message };
      throw explanationOf(error);
    }
  }

  /** The rows of a query, read through a cursor of this name. */
  async *#rows<Row extends object>(cursor: string, query: string): AsyncGenerator<Row> {
    try {
      await this.#connection.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${query}`);
      for (;;) {
        const rows = await this.#connection.query<Row>(`FETCH ${ROWS_AT_ONCE} FROM ${cursor}`);
        if (rows.length === 0) return;
        yield* rows;
      }
    } catch (error) {
      throw explanationOf(error);
    }
  }
}

async function readFinished(connection: Connection): Promise<ReadonlyMap<number, number>> {
  const rows = await connection.query<{ agency: number; sequence: number }>(
    'SELECT agency, sequence FROM finished_agencies',
  );
  return new Map(rows.map(({ agency, sequence }) => [agency, sequence]));
}

import type { Database } from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { Draw, LotteryTerms } from '../ledger';
import { rowChecksum } from './checksums';

interface FinishedRow {
  readonly agency: number;
  readonly after_segment: number;
  readonly finished_at_ms: number;
  readonly checksum: number;
}

interface DrawRow {
  readonly bets: number;
  readonly missing_agencies: string;
  readonly is_called_off: number;
  readonly drawn_at: string;
  readonly checksum: number;
}

/**
 * The small tables: which lottery this is, who has finished, the draw. Each row is held against its checksum when
 * it is read.
 */
export class SmallTables {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes which lottery this is. */
  create({ agencies, winnerNumber }: LotteryTerms): void {
    this.#writeLottery(agencies, winnerNumber, 0);
  }

  /** @throws OperationError when the row is missing or damaged */
  readLottery(): LotteryTerms & { readonly isSaleClosed: boolean } {
    const row = this.#database
      .prepare<[], { agencies: number; winner_number: number; sale_closed: number; checksum: number }>(
        'SELECT agencies, winner_number, sale_closed, checksum FROM lottery',
      )
      .get();
    if (row?.checksum !== rowChecksum(row?.agencies ?? 0, row?.winner_number ?? 0, row?.sale_closed ?? 0)) {
      throw damaged('lottery');
    }
    return { agencies: row.agencies, winnerNumber: row.winner_number, isSaleClosed: row.sale_closed === 1 };
  }

  closeSale(): void {
    const { agencies, winnerNumber } = this.readLottery();
    this.#database.prepare('DELETE FROM lottery').run();
    this.#writeLottery(agencies, winnerNumber, 1);
  }

  addFinished(agency: number, afterSegment: number): void {
    const finishedAtMs = Date.now();
    this.#database
      .prepare(
        'INSERT INTO finished_agencies (agency, after_segment, finished_at_ms, checksum) VALUES (?, ?, ?, ?)',
      )
      .run(agency, afterSegment, finishedAtMs, rowChecksum(agency, afterSegment, finishedAtMs));
  }

  /**
   * The agencies that have finished, and when the first one did.
   *
   * @throws OperationError when a row is damaged
   */
  readFinished(): { readonly agencies: Set<number>; readonly firstAtMs: number | undefined } {
    const rows = this.#database
      .prepare<[], FinishedRow>(
        'SELECT agency, after_segment, finished_at_ms, checksum FROM finished_agencies ORDER BY finished_at_ms',
      )
      .all();
    for (const { agency, after_segment, finished_at_ms, checksum } of rows) {
      if (checksum !== rowChecksum(agency, after_segment, finished_at_ms)) throw damaged('finished_agencies');
    }
    return { agencies: new Set(rows.map(({ agency }) => agency)), firstAtMs: rows[0]?.finished_at_ms };
  }

  addDraw({ bets, winners, missingAgencies, isCalledOff }: Draw): void {
    const row: Omit<DrawRow, 'checksum'> = {
      bets,
      missing_agencies: missingAgencies.join(','),
      is_called_off: isCalledOff ? 1 : 0,
      drawn_at: new Date().toISOString(),
    };
    this.#database
      .prepare(
        `INSERT INTO draws (only_row, bets, missing_agencies, is_called_off, drawn_at, checksum)
         VALUES (1, ?, ?, ?, ?, ?)`,
      )
      .run(row.bets, row.missing_agencies, row.is_called_off, row.drawn_at, drawChecksum(row, winners.size));
    const insert = this.#database.prepare(
      'INSERT INTO winners (agency, documents, checksum) VALUES (?, ?, ?)',
    );
    for (const [agency, documents] of winners) insert.run(agency, documents, rowChecksum(agency, documents));
  }

  /** @throws OperationError when a row is damaged */
  readDraw(): Draw | undefined {
    const draw = this.#database
      .prepare<[], DrawRow>('SELECT bets, missing_agencies, is_called_off, drawn_at, checksum FROM draws')
      .get();
    if (draw === undefined) return undefined;
    const winners = this.#readWinners();
    if (draw.checksum !== drawChecksum(draw, winners.size)) throw damaged('draws');
    return {
      bets: draw.bets,
      winners,
      missingAgencies: draw.missing_agencies === '' ? [] : draw.missing_agencies.split(',').map(Number),
      isCalledOff: draw.is_called_off === 1,
    };
  }

  #readWinners(): Map<number, string> {
    const rows = this.#database
      .prepare<[], { agency: number; documents: string; checksum: number }>(
        'SELECT agency, documents, checksum FROM winners',
      )
      .all();
    for (const { agency, documents, checksum } of rows) {
      if (checksum !== rowChecksum(agency, documents)) throw damaged('winners');
    }
    return new Map(rows.map(({ agency, documents }) => [agency, documents]));
  }

  #writeLottery(agencies: number, winnerNumber: number, saleClosed: number): void {
    this.#database
      .prepare(
        'INSERT INTO lottery (only_row, agencies, winner_number, sale_closed, checksum) VALUES (1, ?, ?, ?, ?)',
      )
      .run(agencies, winnerNumber, saleClosed, rowChecksum(agencies, winnerNumber, saleClosed));
  }
}

function drawChecksum(row: Omit<DrawRow, 'checksum'>, agenciesWithWinners: number): number {
  return rowChecksum(row.bets, row.missing_agencies, row.is_called_off, row.drawn_at, agenciesWithWinners);
}

function damaged(table: string): OperationError {
  return new OperationError(`the ledger is damaged: the table ${table} is not what was stored`);
}

import type { Database } from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { Draw, LotteryTerms } from '../ledger';
import { rowChecksum } from './checksums';

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
    this.#database
      .prepare('INSERT INTO finished_agencies (agency, after_segment, checksum) VALUES (?, ?, ?)')
      .run(agency, afterSegment, rowChecksum(agency, afterSegment));
  }

  /** @throws OperationError when a row is damaged */
  readFinished(): Set<number> {
    const finished = new Set<number>();
    const rows = this.#database
      .prepare<[], { agency: number; after_segment: number; checksum: number }>(
        'SELECT agency, after_segment, checksum FROM finished_agencies',
      )
      .all();
    for (const { agency, after_segment: afterSegment, checksum } of rows) {
      if (checksum !== rowChecksum(agency, afterSegment)) throw damaged('finished_agencies');
      finished.add(agency);
    }
    return finished;
  }

  addDraw({ bets, winners }: Draw): void {
    const drawnAt = new Date().toISOString();
    this.#database
      .prepare('INSERT INTO draws (only_row, bets, drawn_at, checksum) VALUES (1, ?, ?, ?)')
      .run(bets, drawnAt, rowChecksum(bets, drawnAt, winners.size));
    const insert = this.#database.prepare(
      'INSERT INTO winners (agency, documents, checksum) VALUES (?, ?, ?)',
    );
    for (const [agency, documents] of winners) insert.run(agency, documents, rowChecksum(agency, documents));
  }

  /** @throws OperationError when a row is damaged */
  readDraw(): Draw | undefined {
    const draw = this.#database
      .prepare<[], { bets: number; drawn_at: string; checksum: number }>(
        'SELECT bets, drawn_at, checksum FROM draws',
      )
      .get();
    if (draw === undefined) return undefined;
    const winners = new Map<number, string>();
    const rows = this.#database
      .prepare<[], { agency: number; documents: string; checksum: number }>(
        'SELECT agency, documents, checksum FROM winners',
      )
      .all();
    for (const { agency, documents, checksum } of rows) {
      if (checksum !== rowChecksum(agency, documents)) throw damaged('winners');
      winners.set(agency, documents);
    }
    if (draw.checksum !== rowChecksum(draw.bets, draw.drawn_at, winners.size)) throw damaged('draws');
    return { bets: draw.bets, winners };
  }

  #writeLottery(agencies: number, winnerNumber: number, saleClosed: number): void {
    this.#database
      .prepare(
        'INSERT INTO lottery (only_row, agencies, winner_number, sale_closed, checksum) VALUES (1, ?, ?, ?, ?)',
      )
      .run(agencies, winnerNumber, saleClosed, rowChecksum(agencies, winnerNumber, saleClosed));
  }
}

function damaged(table: string): OperationError {
  return new OperationError(`the ledger is damaged: the table ${table} is not what was stored`);
}

import type { Database, Statement } from 'better-sqlite3';

import type { Draw, DrawTerms } from '../draw';
import { LedgerDamaged, LotteryTerms } from '../ledger';
import { rowChecksum } from './checksums';

interface FinishedRow {
  readonly agency: number;
  readonly after_segment: number;
  readonly finished_at_ms: number;
  readonly checksum: number;
}

interface LotteryRow {
  readonly agencies: number;
  readonly winner_number: number;
  readonly sale_closed: number;
  readonly missing_agencies: string;
  readonly is_called_off: number;
}

/** The row of the draw. */
export interface DrawRow {
  readonly bets: number;
  readonly winner_number: number | null;
  readonly missing_agencies: string;
  readonly is_called_off: number;
  /** In ISO 8601. */
  readonly drawn_at: string;
}

/** What stands in the place of a winning number that is not known before the sale is sealed. */
const NOT_KNOWN = -1;

/** What a lottery's row holds while the sale is open. */
const OPEN = { sale_closed: 0, missing_agencies: '', is_called_off: 0 };

/**
 * The small tables: which lottery this is, who has finished, the draw. Each row is checked against its checksum
 * when it is read.
 */
export class SmallTables {
  readonly #database: Database;
  readonly #wallTimeMs: () => number;
  readonly #insertFinished: Statement<[number, number, number, number]>;

  /** @param wallTimeMs milliseconds since 1970; the system's clock if left out */
  constructor(database: Database, wallTimeMs = Date.now) {
    this.#database = database;
    this.#wallTimeMs = wallTimeMs;
    // Prepared once: each statement is kept alive (keep_alive.ts).
    this.#insertFinished = database.prepare(
      'INSERT INTO finished_agencies (agency, after_segment, finished_at_ms, checksum) VALUES (?, ?, ?, ?)',
    );
  }

  /** Writes which lottery this is. */
  create({ agencies, winnerNumber }: LotteryTerms): void {
    this.#writeLottery({ agencies, winner_number: winnerNumber ?? NOT_KNOWN, ...OPEN });
  }

  /** @throws LedgerDamaged when the row is missing or damaged */
  readLottery(): LotteryTerms & { readonly closedWith: DrawTerms | undefined } {
    const row = this.#database
      .prepare<[], LotteryRow & { checksum: number }>(
        `SELECT agencies, winner_number, sale_closed, missing_agencies, is_called_off, checksum FROM lottery`,
      )
      .get();
    if (row === undefined || row.checksum !== lotteryChecksum(row)) throw damaged('lottery');
    const { agencies, winner_number: kept } = row;
    const winnerNumber = kept === NOT_KNOWN ? undefined : kept;
    return { agencies, winnerNumber, closedWith: row.sale_closed === 1 ? termsOf(row) : undefined };
  }

  /** Writes that the sale is closed, and with which terms. */
  closeSale({ missingAgencies, isCalledOff }: DrawTerms): void {
    const { agencies, winnerNumber } = this.readLottery();
    this.#database.prepare('DELETE FROM lottery').run();
    this.#writeLottery({
      agencies,
      winner_number: winnerNumber ?? NOT_KNOWN,
      sale_closed: 1,
      missing_agencies: missingAgencies.join(','),
      is_called_off: isCalledOff ? 1 : 0,
    });
  }

  /** Writes that an agency has finished. @returns when, in milliseconds since 1970 */
  addFinished(agency: number, afterSegment: number): number {
    const finishedAtMs = this.#wallTimeMs();
    this.#insertFinished.run(
      agency,
      afterSegment,
      finishedAtMs,
      rowChecksum(agency, afterSegment, finishedAtMs),
    );
    return finishedAtMs;
  }

  /**
   * The agencies that have finished, and when the first one did.
   *
   * @throws LedgerDamaged
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

  /** Writes the result of the draw. */
  addDraw({ bets, winnerNumber, winners, missingAgencies, isCalledOff }: Draw): void {
    const row: DrawRow = {
      bets,
      winner_number: winnerNumber ?? null,
      missing_agencies: missingAgencies.join(','),
      is_called_off: isCalledOff ? 1 : 0,
      drawn_at: new Date(this.#wallTimeMs()).toISOString(),
    };
    this.writeDraw(row, winners.size);
    const insert = this.#database.prepare(
      'INSERT INTO winners (agency, documents, checksum) VALUES (?, ?, ?)',
    );
    for (const [agency, documents] of winners) insert.run(agency, documents, rowChecksum(agency, documents));
  }

  /** Writes the row of a draw whose winners are written apart. */
  writeDraw(row: DrawRow, agenciesWithWinners: number): void {
    this.#database
      .prepare(
        `INSERT INTO draws (only_row, bets, winner_number, missing_agencies, is_called_off, drawn_at, checksum)
         VALUES (1, @bets, @winner_number, @missing_agencies, @is_called_off, @drawn_at, @checksum)`,
      )
      .run({ ...row, checksum: drawChecksum(row, agenciesWithWinners) });
  }

  /** @throws LedgerDamaged */
  readDraw(): Draw | undefined {
    const draw = this.#database
      .prepare<[], DrawRow & { checksum: number }>(
        'SELECT bets, winner_number, missing_agencies, is_called_off, drawn_at, checksum FROM draws',
      )
      .get();
    if (draw === undefined) return undefined;
    const winners = this.#readWinners();
    if (draw.checksum !== drawChecksum(draw, winners.size)) throw damaged('draws');
    return {
      bets: draw.bets,
      winnerNumber: draw.winner_number ?? undefined,
      winners,
      ...termsOf(draw),
    };
  }

  /** When the draw was stored, in milliseconds since 1970; `undefined` where there is none. */
  readDrawnAtMs(): number | undefined {
    const row = this.#database.prepare<[], Pick<DrawRow, 'drawn_at'>>('SELECT drawn_at FROM draws').get();
    return row === undefined ? undefined : Date.parse(row.drawn_at);
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

  #writeLottery(row: LotteryRow): void {
    this.#database
      .prepare(
        `INSERT INTO lottery
           (only_row, agencies, winner_number, sale_closed, missing_agencies, is_called_off, checksum)
         VALUES (1, @agencies, @winner_number, @sale_closed, @missing_agencies, @is_called_off, @checksum)`,
      )
      .run({ ...row, checksum: lotteryChecksum(row) });
  }
}

function termsOf(row: Pick<DrawRow, 'missing_agencies' | 'is_called_off'>): DrawTerms {
  return {
    missingAgencies: row.missing_agencies === '' ? [] : row.missing_agencies.split(',').map(Number),
    isCalledOff: row.is_called_off === 1,
  };
}

function lotteryChecksum(row: LotteryRow): number {
  return rowChecksum(
    row.agencies,
    row.winner_number,
    row.sale_closed,
    row.missing_agencies,
    row.is_called_off,
  );
}

function drawChecksum(row: DrawRow, agenciesWithWinners: number): number {
  const {
    bets,
    winner_number: number,
    missing_agencies: missing,
    is_called_off: isCalledOff,
    drawn_at: at,
  } = row;
  return rowChecksum(bets, number ?? '', missing, isCalledOff, at, agenciesWithWinners);
}

function damaged(table: string): LedgerDamaged {
  return new LedgerDamaged(`the table ${table} is not what was stored`);
}

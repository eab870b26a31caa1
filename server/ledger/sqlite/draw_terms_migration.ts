import type { Database } from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { COMPLETE } from '../draw';
import { LedgerDamaged } from '../ledger';
import { rowChecksum } from './checksums';
import { DRAWS_TABLE, LOTTERY_TABLE } from './schema';
import { SmallTables } from './small_tables';

/** The row of `lottery` in version 2. */
interface LotteryRow {
  readonly agencies: number;
  readonly winner_number: number;
  readonly sale_closed: number;
  readonly checksum: number;
}

/** The row of `draws` in version 2. */
interface DrawRow {
  readonly bets: number;
  readonly missing_agencies: string;
  readonly is_called_off: number;
  readonly drawn_at: string;
  readonly checksum: number;
}

/**
 * From version 2 to 3: the terms of the draw are stored with the close of the sale, and the number with the draw. Within a
 * transaction.
 *
 * @throws LedgerDamaged when a row is not what was stored
 * @throws OperationError when the sale was closed at a deadline and its draw not stored: version 2 did not keep its terms
 */
export function addDrawTerms(database: Database, file: string): void {
  const lottery = readLottery(database);
  const draw = readDraw(database);
  database.exec(`DROP TABLE lottery; DROP TABLE draws; ${LOTTERY_TABLE}; ${DRAWS_TABLE}`);
  const small = new SmallTables(database);
  const winnerNumber = lottery.winner_number;
  small.create({ agencies: lottery.agencies, winnerNumber });
  if (draw !== undefined) {
    const missingAgencies = draw.missing_agencies === '' ? [] : draw.missing_agencies.split(',').map(Number);
    small.closeSale({ missingAgencies, isCalledOff: draw.is_called_off === 1 });
    const { bets, missing_agencies, is_called_off, drawn_at, winners } = draw;
    const winner_number = is_called_off === 1 ? null : winnerNumber;
    small.writeDraw({ bets, winner_number, missing_agencies, is_called_off, drawn_at }, winners);
  } else if (lottery.sale_closed === 1) {
    if (small.readFinished().agencies.size < lottery.agencies) throw unknownTerms(file);
    small.closeSale(COMPLETE);
  }
}

function readLottery(database: Database): LotteryRow {
  const row = database
    .prepare<[], LotteryRow>('SELECT agencies, winner_number, sale_closed, checksum FROM lottery')
    .get();
  if (row?.checksum !== rowChecksum(row?.agencies ?? 0, row?.winner_number ?? 0, row?.sale_closed ?? 0)) {
    throw new LedgerDamaged('the table lottery is not what was stored');
  }
  return row;
}

function readDraw(database: Database): (DrawRow & { readonly winners: number }) | undefined {
  const draw = database
    .prepare<[], DrawRow>('SELECT bets, missing_agencies, is_called_off, drawn_at, checksum FROM draws')
    .get();
  if (draw === undefined) return undefined;
  const { winners } = database
    .prepare<[], { winners: number }>('SELECT count(*) AS winners FROM winners')
    .get()!;
  const { bets, missing_agencies: missing, is_called_off: isCalledOff, drawn_at: drawnAt, checksum } = draw;
  if (checksum === rowChecksum(bets, missing, isCalledOff, drawnAt, winners)) return { ...draw, winners };
  throw new LedgerDamaged('the table draws is not what was stored');
}

function unknownTerms(file: string): OperationError {
  return new OperationError(
    `${file}: its sale was closed at a deadline and its draw not stored, and how it was to be held is not known: ` +
      'hold it with the version that closed the sale',
  );
}

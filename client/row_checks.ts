import { BetMessageBuilder } from '../protocol/bet';
import { MAX_BATCH_SIZE } from '../protocol/limits';
import { NO_CHECK, payloadCheck } from '../protocol/payload_check';
import { BetFile, requireStamp } from './bet_file';
import { appendRow, RowProblem } from './bet_row';
import type { CheckedFile } from './file_check';

/**
 * The check values (PROTOCOL.md, R27) of an agency's bets, from the first row of its files on, up to each of `betIds`.
 *
 * @param betIds ascending; beyond the last row, the value of all rows is given
 * @throws OperationError when a file cannot be read, or has changed since it was checked
 */
export async function checksOfRows(
  files: readonly CheckedFile[],
  agency: number,
  betIds: readonly number[],
): Promise<readonly number[]> {
  const checks = new RowChecks(agency, betIds);
  let rowsBefore = 0;
  for (const { path, stamp, rows } of files) {
    const file = await BetFile.open(path);
    try {
      requireStamp(path, stamp);
      const visitor: Parameters<BetFile['readChunk']>[0] = {
        row: (columns, row, _line, isSound) => checks.take(rowsBefore + row, columns, isSound),
        unreadable: () => undefined,
      };
      while (!checks.isDone && (await file.readChunk(visitor)));
    } finally {
      await file.close();
    }
    rowsBefore += rows;
  }
  return checks.end();
}

/** Rows in, check values out. */
class RowChecks {
  readonly #message = new BetMessageBuilder();
  readonly #agency: number;
  readonly #betIds: readonly number[];
  readonly #checks: number[] = [];
  #check = NO_CHECK;

  constructor(agency: number, betIds: readonly number[]) {
    this.#agency = agency;
    this.#betIds = betIds;
  }

  get isDone(): boolean {
    return this.#checks.length === this.#betIds.length;
  }

  take(row: number, columns: readonly string[], isSound: boolean): RowProblem | undefined {
    while (row > (this.#betIds[this.#checks.length] ?? Infinity)) this.#note();
    const problem = appendRow(this.#message, this.#agency, row, columns, isSound);
    if (this.#message.betCount >= MAX_BATCH_SIZE) this.#add();
    return problem;
  }

  end(): readonly number[] {
    while (!this.isDone) this.#note();
    return this.#checks;
  }

  #note(): void {
    this.#add();
    this.#checks.push(this.#check);
  }

  #add(): void {
    this.#check = payloadCheck(this.#message.payload, this.#check);
    this.#message.clear();
  }
}

import { BetMessageBuilder } from '../protocol/bet';
import { OperationError } from '../program/exit';
import { Batch, StartingPoint } from './batch_source';
import { appendRow, RowProblem } from './bet_row';

/** Rows in, batches out: one passage through an agency's rows, from the first on. */
export class BatchCutter {
  readonly #message = new BetMessageBuilder();
  readonly #agency: number;
  readonly #maxAmount: number;
  readonly #from: StartingPoint;
  #batches: Batch[] = [];
  #lastBatchId: number;
  #lastBetId = 0;
  #skippedBets = 0;

  /**
   * @param maxAmount bets in a batch
   * @param from what needs no batch any more
   */
  constructor(agency: number, maxAmount: number, from: StartingPoint) {
    this.#agency = agency;
    this.#maxAmount = maxAmount;
    this.#from = from;
    this.#lastBatchId = from.lastBatchId;
  }

  /**
   * Takes a row.
   *
   * @param row counts the rows of all files from 1: the bet's id
   * @param columns a character for each byte (latin1)
   * @param isSound whether they are known to be sound text
   * @returns why it cannot be sent; `undefined` when it can
   * @throws OperationError when the rows up to here are not what the server has
   */
  take(row: number, columns: readonly string[], isSound: boolean): RowProblem | undefined {
    const problem = appendRow(this.#message, this.#agency, row, columns, isSound);
    if (problem !== undefined) return problem;
    if (row <= this.#from.lastBetId) {
      this.#message.clear();
      this.#skippedBets++;
      return undefined;
    }
    this.#requireSkipped();
    this.#lastBetId = row;
    if (this.#message.betCount >= this.#maxAmount) this.#finishBatch();
    return undefined;
  }

  /**
   * A file has ended: its last batch may be smaller. The next file begins a new one, so that batches are cut alike,
   * whether the files are sold in one run or in several.
   */
  endFile(): void {
    if (this.#message.betCount > 0) this.#finishBatch();
  }

  /**
   * The last file has ended.
   *
   * @throws OperationError when the rows are not what the server has
   */
  end(): void {
    this.#requireSkipped();
  }

  /** The batches that are whole, once. */
  takeBatches(): Batch[] {
    const batches = this.#batches;
    this.#batches = [];
    return batches;
  }

  /** Takes the memory of a batch that is of no use any more. */
  takeBack(bytes: Buffer): void {
    this.#message.takeBack(bytes);
  }

  #finishBatch(): void {
    const betCount = this.#message.betCount;
    const batchId = ++this.#lastBatchId;
    this.#batches.push({
      batchId,
      betCount,
      lastBetId: this.#lastBetId,
      bytes: this.#message.build(batchId),
    });
  }

  /**
   * What the server has must be the files' rows up to the last bet: more means batches after a gap, which would
   * be sent a second time under other ids; less, another file.
   */
  #requireSkipped(): void {
    const { bets, lastBetId } = this.#from;
    if (this.#skippedBets === bets) return;
    throw new OperationError(
      `the server has ${bets} bets of agency ${this.#agency}, the file has ${this.#skippedBets} up to row ` +
        `${lastBetId}: this is not the file that was sent before, or batches of another size lie behind a gap`,
    );
  }
}

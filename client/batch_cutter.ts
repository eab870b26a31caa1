import { BetMessageBuilder } from '../protocol/bet';
import { MAX_BATCH_SIZE } from '../protocol/limits';
import { NO_CHECK, payloadCheck } from '../protocol/payload_check';
import { OperationError } from '../program/exit';
import { Batch, StartingPoint } from './batch_source';
import { appendRow, RowProblem } from './bet_row';
import { OtherBetsStored } from './other_bets';

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
  /** The check value of all bets but those in the message. */
  #check = NO_CHECK;
  #isPastStored = false;

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
    if (row > this.#from.lastBetId) this.#passStored();
    const problem = appendRow(this.#message, this.#agency, row, columns, isSound);
    if (problem !== undefined) return problem;
    if (!this.#isPastStored) {
      this.#skippedBets++;
      if (this.#message.betCount >= MAX_BATCH_SIZE) this.#skip();
      return undefined;
    }
    this.#lastBetId = row;
    if (this.#message.betCount >= this.#maxAmount) this.#finishBatch();
    return undefined;
  }

  /**
   * A file has ended: its last batch may be smaller. The next file begins a new one, so that batches are cut alike,
   * whether the files are sold in one run or in several.
   */
  endFile(): void {
    if (this.#isPastStored && this.#message.betCount > 0) this.#finishBatch();
  }

  /**
   * The last file has ended.
   *
   * @throws OperationError when the rows are not what the server has
   */
  end(): void {
    this.#passStored();
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
    this.#check = payloadCheck(this.#message.payload, this.#check);
    this.#batches.push({
      batchId,
      betCount,
      lastBetId: this.#lastBetId,
      check: this.#check,
      bytes: this.#message.build(batchId),
    });
  }

  /** The bets in the message are stored. */
  #skip(): void {
    this.#check = payloadCheck(this.#message.payload, this.#check);
    this.#message.clear();
  }

  /**
   * What the server has must be the files' rows up to the last bet: more means batches after a gap, which would
   * be sent a second time under other ids; less, or another check value, another file.
   */
  #passStored(): void {
    if (this.#isPastStored) return;
    this.#skip();
    this.#isPastStored = true;
    const { bets, lastBetId, check } = this.#from;
    if (check !== undefined && check !== this.#check) {
      throw new OtherBetsStored(this.#agency, `those up to bet ${lastBetId} differ`);
    }
    if (this.#skippedBets === bets) return;
    throw new OperationError(
      `the server has ${bets} bets of agency ${this.#agency}, the file has ${this.#skippedBets} up to row ` +
        `${lastBetId}: this is not the file that was sent before, or batches of another size lie behind a gap`,
    );
  }
}

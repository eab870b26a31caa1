import { BetMessageBuilder } from '../protocol/bet';
import { OperationError } from '../program/exit';
import { Batch, BatchSource, StartingPoint } from './batch_source';
import { BetFile, RowPlace, VisitRow } from './bet_file';
import { appendRow, RowProblem } from './bet_row';

/** With fewer batches than this in memory, more of the file is read. */
const LOW_WATER_BATCHES = 8;

/** Called for each row that cannot be sent. */
export type ReportRow = (place: RowPlace, problem: RowProblem) => void;

/** How far the file was read. */
export interface FileProgress {
  readonly readBytes: number;
  readonly fileBytes: number;
}

/** The batches of an agency's CSV file. Rows that cannot be sent are reported and left out. */
export class FileBatches implements BatchSource {
  readonly #path: string;
  readonly #agency: number;
  readonly #maxAmount: number;
  readonly #report: ReportRow;
  #batches: Batch[] = [];
  #reading: Reading | undefined;
  #lastReportedRow = 0;
  #wake: () => void = () => undefined;

  /**
   * @param path the CSV file
   * @param maxAmount bets in a batch
   */
  constructor(path: string, agency: number, maxAmount: number, report: ReportRow) {
    this.#path = path;
    this.#agency = agency;
    this.#maxAmount = maxAmount;
    this.#report = report;
  }

  get isAtEnd(): boolean {
    return this.#reading?.isAtEnd === true && this.#batches.length === 0;
  }

  get progress(): FileProgress {
    const file = this.#reading?.file;
    return { readBytes: file?.bytesRead ?? 0, fileBytes: file?.sizeBytes ?? 0 };
  }

  start(from: StartingPoint, onChange: () => void, onFailure: (error: Error) => void): void {
    this.close();
    const reading = new Reading(this.#agency, this.#maxAmount, from, (place, problem) =>
      this.#reportOnce(place, problem),
    );
    this.#reading = reading;
    this.#read(reading, onChange).catch((error: unknown) => {
      if (this.#reading === reading) onFailure(error instanceof Error ? error : new Error(String(error)));
    });
  }

  next(): Batch | undefined {
    const batch = this.#batches.shift();
    if (this.#batches.length < LOW_WATER_BATCHES) this.#wake();
    return batch;
  }

  takeBack({ bytes }: Batch): void {
    this.#reading?.takeBack(bytes);
  }

  close(): void {
    this.#reading = undefined;
    this.#batches = [];
    this.#wake();
  }

  async #read(reading: Reading, onChange: () => void): Promise<void> {
    const file = await BetFile.open(this.#path);
    reading.file = file;
    try {
      for (let isMore = true; isMore && this.#reading === reading;) {
        isMore = await file.readChunk(reading.take);
        if (!isMore) reading.end();
        if (this.#reading !== reading) return;
        this.#batches.push(...reading.takeBatches());
        onChange();
        if (isMore && this.#batches.length >= LOW_WATER_BATCHES) await this.#untilWanted();
      }
    } finally {
      await file.close();
    }
  }

  #untilWanted(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Rows are reported once, even if the file is read again from the start. */
  #reportOnce(place: RowPlace, problem: RowProblem): void {
    if (place.row <= this.#lastReportedRow) return;
    this.#lastReportedRow = place.row;
    this.#report(place, problem);
  }
}

/** One passage through the file: rows in, batches out. */
class Reading {
  file: BetFile | undefined;
  isAtEnd = false;
  readonly #message = new BetMessageBuilder();
  readonly #agency: number;
  readonly #maxAmount: number;
  readonly #from: StartingPoint;
  readonly #report: ReportRow;
  #batches: Batch[] = [];
  #lastBatchId: number;
  #lastBetId = 0;
  #skippedBets = 0;

  constructor(agency: number, maxAmount: number, from: StartingPoint, report: ReportRow) {
    this.#agency = agency;
    this.#maxAmount = maxAmount;
    this.#from = from;
    this.#report = report;
    this.#lastBatchId = from.lastBatchId;
  }

  /** Takes a row; answers whether it can be sent. */
  readonly take: VisitRow = (columns, row, line, isSound) => {
    const problem = appendRow(this.#message, this.#agency, row, columns, isSound);
    if (problem !== undefined) {
      this.#report({ row, line }, problem);
      return false;
    }
    if (row <= this.#from.lastBetId) {
      this.#message.clear();
      this.#skippedBets++;
      return true;
    }
    this.#requireSkipped();
    this.#lastBetId = row;
    if (this.#message.betCount >= this.#maxAmount) this.#finishBatch();
    return true;
  };

  /** The file has ended: the last batch may be smaller. */
  end(): void {
    this.#requireSkipped();
    if (this.#message.betCount > 0) this.#finishBatch();
    this.isAtEnd = true;
  }

  takeBatches(): Batch[] {
    const batches = this.#batches;
    this.#batches = [];
    return batches;
  }

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
   * What the server has must be the file's rows up to the last bet: more means batches after a gap, which would
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

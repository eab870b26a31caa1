import { Clock } from '../../program/clock';
import { OperationError } from '../../program/exit';
import { encodeBet } from '../../protocol/bet';
import { payloadCheck } from '../../protocol/payload_check';
import { Batch, BatchSource, StartingPoint } from '../batch_source';
import { OtherBetsStored } from '../other_bets';

/** Fewer batches than this in store, and more are made. */
const LOW_WATER_BATCHES = 4;

/** What a {@link MemoryBatches} gives out. */
export interface MemoryFile {
  readonly agency: number;
  /** Rows of the file; their bets have the ids from 1 on. */
  readonly rows: number;
  /** Rows that are no bets. */
  readonly leftOut?: ReadonlySet<number>;
}

/** The bet in a row: the document is the row's, the number too, so that each is told from the others. */
export function betOfRow(agency: number, row: number): string {
  return `${agency},${row},Ana,Sosa,${agency * 1_000_000 + row},1980-01-02,${row % 10_000}`;
}

/** The rows of a file that are bets. */
export function betRows({ rows, leftOut }: MemoryFile): number[] {
  return Array.from({ length: rows }, (_, index) => index + 1).filter((row) => leftOut?.has(row) !== true);
}

/** The check value of the file's bets up to one (PROTOCOL.md, R27). */
export function checkUpTo(file: MemoryFile, betId: number): number {
  const rows = betRows(file).filter((row) => row <= betId);
  return payloadCheck(Buffer.from(rows.map((row) => `;${betOfRow(file.agency, row)}`).join('')));
}

/** Batches of a file that exists in memory only; as with a real one, they come some time after they are asked for. */
export class MemoryBatches implements BatchSource {
  readonly #file: MemoryFile;
  readonly #maxAmount: number;
  readonly #clock: Clock;
  readonly #readMs: number;
  #rows: number[] = [];
  #batches: Batch[] = [];
  #lastBatchId = 0;
  #isReading = false;
  #callOff: () => void = () => undefined;
  #onChange: () => void = () => undefined;
  /** From where it was started, each time. */
  readonly starts: StartingPoint[] = [];
  isClosed = false;
  /** Whether the file is no longer what it was. */
  hasChanged = false;

  /** @param readMs how long a read takes */
  constructor(file: MemoryFile, maxAmount: number, clock: Clock, readMs = 0) {
    this.#file = file;
    this.#maxAmount = maxAmount;
    this.#clock = clock;
    this.#readMs = readMs;
  }

  get isAtEnd(): boolean {
    return this.starts.length > 0 && !this.#isReading && this.#rows.length + this.#batches.length === 0;
  }

  start(from: StartingPoint, onChange: () => void, onFailure: (error: Error) => void): void {
    this.close();
    this.isClosed = false;
    this.starts.push({ lastBatchId: from.lastBatchId, lastBetId: from.lastBetId, bets: from.bets });
    const rows = betRows(this.#file);
    this.#rows = rows.filter((row) => row > from.lastBetId);
    this.#lastBatchId = from.lastBatchId;
    this.#onChange = onChange;
    const failure = this.#failureOf(from, rows.length - this.#rows.length);
    if (failure === undefined) this.#readSoon();
    else this.#callOff = this.#clock.after(this.#readMs, () => onFailure(failure));
  }

  next(): Batch | undefined {
    const batch = this.#batches.shift();
    if (this.#batches.length < LOW_WATER_BATCHES && this.#rows.length > 0) this.#readSoon();
    return batch;
  }

  checksUpTo(betIds: readonly number[]): Promise<readonly number[]> {
    return Promise.resolve(betIds.map((betId) => checkUpTo(this.#file, betId)));
  }

  requireUnchanged(): void {
    if (this.hasChanged) throw new OperationError('the file has changed');
  }

  /** A session that sends it again all the same is caught. */
  takeBack({ bytes }: Batch): void {
    bytes.fill('!');
  }

  close(): void {
    this.isClosed = true;
    this.#callOff();
    this.#isReading = false;
    this.#batches = [];
    this.#rows = [];
  }

  #failureOf({ check, lastBetId, bets }: StartingPoint, skipped: number): Error | undefined {
    const isOther = check !== undefined && check !== checkUpTo(this.#file, lastBetId);
    if (isOther) return new OtherBetsStored(this.#file.agency, `those up to bet ${lastBetId} differ`);
    return skipped === bets ? undefined : new Error('another file');
  }

  #readSoon(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#callOff = this.#clock.after(this.#readMs, () => {
      this.#isReading = false;
      while (this.#batches.length < 2 * LOW_WATER_BATCHES && this.#rows.length > 0) {
        const rows = this.#rows.splice(0, this.#maxAmount);
        this.#lastBatchId++;
        const bytes = encodeBet(
          this.#lastBatchId,
          rows.map((row) => betOfRow(this.#file.agency, row)),
        );
        this.#batches.push({
          batchId: this.#lastBatchId,
          betCount: rows.length,
          lastBetId: rows.at(-1) ?? 0,
          check: checkUpTo(this.#file, rows.at(-1) ?? 0),
          bytes,
        });
      }
      this.#onChange();
    });
  }
}

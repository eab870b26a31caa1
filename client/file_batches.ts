import { BatchCutter } from './batch_cutter';
import { Batch, BatchSource, StartingPoint } from './batch_source';
import { BetFile, requireStamp } from './bet_file';
import { CheckedFile, CheckedFiles } from './file_check';
import { checksOfRows } from './row_checks';

/** With fewer batches than this in memory, more of the files is read. */
const LOW_WATER_BATCHES = 8;

/**
 * The batches of an agency's files, which were checked before. Rows that cannot be sent are left out.
 *
 * What the check has kept is given out as it is when nothing is stored yet. Otherwise, and at every later start, the
 * files are read again from their first row, and must be what they were.
 */
export class FileBatches implements BatchSource {
  readonly #agency: number;
  readonly #maxAmount: number;
  readonly #files: readonly CheckedFile[];
  readonly #hooks: FileBatchesHooks;
  #isSound = false;
  #kept: readonly Batch[] | undefined;
  #batches: Batch[] = [];
  #passage: Passage | undefined;
  #wake: () => void = () => undefined;

  /**
   * @param maxAmount bets in a batch, as in the check
   */
  constructor(
    agency: number,
    maxAmount: number,
    { files, batches }: CheckedFiles,
    hooks: FileBatchesHooks = {},
  ) {
    this.#hooks = hooks;
    this.#agency = agency;
    this.#maxAmount = maxAmount;
    this.#files = files;
    this.#kept = batches;
  }

  get isAtEnd(): boolean {
    return this.#passage?.isAtEnd === true && this.#batches.length === 0;
  }

  start(from: StartingPoint, onChange: () => void, onFailure: (error: Error) => void): void {
    this.close();
    const kept = from.lastBatchId === 0 && from.bets === 0 ? this.#kept : undefined;
    this.#kept = undefined;
    const passage: Passage = {
      isAtEnd: false,
      cutter: new BatchCutter(this.#agency, this.#maxAmount, from),
    };
    this.#passage = passage;
    this.#fill(from, kept, passage, onChange).catch((error: unknown) => {
      if (this.#passage === passage) onFailure(error instanceof Error ? error : new Error(String(error)));
    });
  }

  next(): Batch | undefined {
    const batch = this.#batches.shift();
    if (this.#batches.length < LOW_WATER_BATCHES) this.#wake();
    return batch;
  }

  takeBack({ bytes }: Batch): void {
    this.#passage?.cutter.takeBack(bytes);
  }

  checksUpTo(betIds: readonly number[]): Promise<readonly number[]> {
    return checksOfRows(this.#files, this.#agency, betIds);
  }

  requireUnchanged(): void {
    for (const { path, stamp } of this.#files) requireStamp(path, stamp);
  }

  close(): void {
    this.#passage = undefined;
    this.#batches = [];
    this.#wake();
  }

  async #fill(
    from: StartingPoint,
    kept: readonly Batch[] | undefined,
    passage: Passage,
    onChange: () => void,
  ): Promise<void> {
    // Nothing is told before `start` has returned.
    await Promise.resolve();
    if (this.#passage !== passage) return;
    this.#hooks.requireStart?.(from);
    if (kept === undefined) return this.#read(passage, onChange);
    await this.#tellSound();
    if (this.#passage !== passage) return;
    this.#batches = [...kept];
    passage.isAtEnd = true;
    onChange();
  }

  /** Reads the files one after another, from the first row on. */
  async #read(passage: Passage, onChange: () => void): Promise<void> {
    let rowsBefore = 0;
    for (const [index, file] of this.#files.entries()) {
      const isLast = index === this.#files.length - 1;
      await this.#readFile(file, rowsBefore, isLast, passage, onChange);
      if (this.#passage !== passage) return;
      rowsBefore += file.rows;
    }
  }

  async #readFile(
    { path, stamp }: CheckedFile,
    rowsBefore: number,
    isLast: boolean,
    passage: Passage,
    onChange: () => void,
  ): Promise<void> {
    const { cutter } = passage;
    const file = await BetFile.open(path);
    try {
      requireStamp(path, stamp);
      const visitor: Parameters<BetFile['readChunk']>[0] = {
        row: (columns, row, _line, isSound) => cutter.take(rowsBefore + row, columns, isSound),
        unreadable: () => undefined,
      };
      for (let isMore = true; isMore && this.#passage === passage;) {
        isMore = await file.readChunk(visitor);
        if (!isMore) {
          await file.requireUnchanged();
          requireStamp(path, stamp);
          cutter.endFile();
          if (isLast) cutter.end();
        }
        if (this.#passage !== passage) return;
        const batches = cutter.takeBatches();
        const isAtEnd = !isMore && isLast;
        if (batches.length > 0 || isAtEnd) await this.#tellSound();
        if (this.#passage !== passage) return;
        this.#batches.push(...batches);
        passage.isAtEnd = isAtEnd;
        onChange();
        if (isMore && this.#batches.length >= LOW_WATER_BATCHES) await this.#untilWanted();
      }
    } finally {
      await file.close();
    }
  }

  /** The rows are those that are stored, as far as any are: what comes now is sold. */
  async #tellSound(): Promise<void> {
    if (this.#isSound) return;
    this.#isSound = true;
    await this.#hooks.onSound?.();
  }

  #untilWanted(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

/** What is asked, and told, of the files. */
export interface FileBatchesHooks {
  /** Throws where a start from there would be a mistake; the source fails then. */
  readonly requireStart?: (from: StartingPoint) => void;
  /** Called once, before the first batch is given out, or when there is none. */
  readonly onSound?: () => Promise<void>;
}

/** One passage through the files. */
interface Passage {
  isAtEnd: boolean;
  readonly cutter: BatchCutter;
}

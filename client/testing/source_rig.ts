import { SILENT_LOG } from '../../program/log';
import { Batch, StartingPoint } from '../batch_source';
import { FileBatches } from '../file_batches';
import { CheckedFiles, FileCheck } from '../file_check';
import { RejectedRows } from '../rejected_rows';

/** A start of which the server has nothing yet. */
export const NOTHING_STORED: StartingPoint = { lastBatchId: 0, lastBetId: 0, bets: 0 };

/** A source of checked files, and waiting for what it tells. */
export class SourceRig {
  readonly source: FileBatches;
  #changes = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  private constructor(source: FileBatches) {
    this.source = source;
  }

  /** @param keeps whether what the check has kept is given out; otherwise the files are read again */
  static async of(
    files: string | readonly string[],
    maxAmount: number,
    keeps = false,
    requireStart?: (from: StartingPoint) => void,
  ): Promise<SourceRig> {
    const checked = await checkedFiles(typeof files === 'string' ? [files] : files, maxAmount);
    const given = keeps ? checked : { ...checked, batches: undefined };
    return new SourceRig(new FileBatches(1, maxAmount, given, requireStart && { requireStart }));
  }

  get changes(): number {
    return this.#changes;
  }

  start(from: Partial<StartingPoint> = {}): this {
    this.#changes = 0;
    this.source.start(
      { ...NOTHING_STORED, ...from },
      () => {
        this.#changes++;
        this.#wake();
      },
      (error) => {
        this.#failure = error;
        this.#wake();
      },
    );
    return this;
  }

  /** Waits for the next call. */
  changed(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** All batches that come, to the end; rejected with the source's failure. */
  async all(): Promise<Batch[]> {
    const batches: Batch[] = [];
    for (;;) {
      const batch = this.source.next();
      if (batch !== undefined) batches.push(batch);
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.source.isAtEnd) return batches;
      else await this.changed();
    }
  }

  /** What makes the source give up; the batches before it must be none. */
  async failure(): Promise<Error> {
    while (this.#failure === undefined) await this.changed();
    expect(this.source.next()).toBeUndefined();
    return this.#failure;
  }
}

/** Checks files as an agency does; rows that cannot be sent are left out. */
export async function checkedFiles(paths: readonly string[], maxAmount: number): Promise<CheckedFiles> {
  const rejected = new RejectedRows({ paths: [], log: SILENT_LOG, show: () => undefined });
  return new FileCheck({ agency: 1, maxAmount, paths, hashes: false }, rejected).run();
}

/** The check of an agency's files, before anything of them is sent. */
import type { Hash } from 'node:crypto';

import { OperationError } from '../program/exit';
import { BatchCutter } from './batch_cutter';
import { Batch, NOTHING_SENT } from './batch_source';
import { BetFile, FileStamp } from './bet_file';
import { foreignForm } from './file_form';
import { RejectedRows } from './rejected_rows';

/** Batches that take no more memory than this are kept, so that the files need not be read a second time. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** A file that was read to its end. */
export interface CheckedFile {
  readonly path: string;
  readonly stamp: FileStamp;
  /** Rows, those that cannot be sent included. */
  readonly rows: number;
  /** SHA-256 of its bytes in hexadecimal digits, where it was asked for. */
  readonly sha256: string | undefined;
}

/** The files of an agency, in the order in which they are sold. */
export interface CheckedFiles {
  readonly files: readonly CheckedFile[];
  /** Rows of all of them. */
  readonly rows: number;
  /** Those that can be sent. */
  readonly bets: number;
  /** All batches, from the first on; `undefined` when they would take too much memory. */
  readonly batches: readonly Batch[] | undefined;
}

/** What is to be checked. */
export interface FileCheckPlan {
  readonly agency: number;
  /** Bets in a batch. */
  readonly maxAmount: number;
  readonly paths: readonly string[];
  /** Whether the bytes are to be digested. */
  readonly hashes: boolean;
}

/** Reads the files once: every row is checked as it will be sent, and the batches are made while at it. */
export class FileCheck {
  readonly #plan: FileCheckPlan;
  readonly #rejected: RejectedRows;
  readonly #cutter: BatchCutter;
  #kept: Batch[] | undefined = [];
  #keptBytes = 0;
  #rows = 0;
  #bets = 0;
  #readBytes = 0;

  constructor(plan: FileCheckPlan, rejected: RejectedRows) {
    this.#plan = plan;
    this.#rejected = rejected;
    this.#cutter = new BatchCutter(plan.agency, plan.maxAmount, NOTHING_SENT);
  }

  /** How much was read, of all files together. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /**
   * Reads them to the end.
   *
   * @throws OperationError when a file cannot be read, is something else than text, or changes meanwhile
   */
  async run(): Promise<CheckedFiles> {
    const files: CheckedFile[] = [];
    for (const path of this.#plan.paths) files.push(await this.#checkFile(path));
    this.#rejected.end();
    return { files, rows: this.#rows, bets: this.#bets, batches: this.#kept };
  }

  async #checkFile(path: string): Promise<CheckedFile> {
    const file = await BetFile.open(path);
    const rowsBefore = this.#rows;
    // Loaded where it is wanted: an agency starts faster without.
    const hash = this.#plan.hashes ? process.getBuiltinModule('node:crypto').createHash('sha256') : undefined;
    try {
      const form = foreignForm(await file.beginning());
      if (form !== undefined) {
        throw new OperationError(`${path}: it is ${form}; a CSV file in UTF-8 is needed, with commas`);
      }
      await this.#readAll(file, path, rowsBefore, hash);
      await file.requireUnchanged();
    } finally {
      await file.close();
    }
    return { path, stamp: file.stamp, rows: this.#rows - rowsBefore, sha256: hash?.digest('hex') };
  }

  async #readAll(file: BetFile, path: string, rowsBefore: number, hash: Hash | undefined): Promise<void> {
    const before = this.#readBytes;
    const onBytes = hash === undefined ? undefined : (bytes: Buffer): unknown => hash.update(bytes);
    const visitor: Parameters<BetFile['readChunk']>[0] = {
      row: (columns, row, line, isSound, text) => {
        this.#rows++;
        const problem = this.#cutter.take(rowsBefore + row, columns, isSound);
        if (problem === undefined) this.#bets++;
        else this.#rejected.add({ file: path, row: rowsBefore + row, line }, problem, text);
      },
      unreadable: (problem, row, line, text) => {
        this.#rows++;
        this.#rejected.add({ file: path, row: rowsBefore + row, line }, problem, text);
      },
    };
    for (let isMore = true; isMore;) {
      isMore = await file.readChunk(visitor, onBytes);
      if (!isMore) this.#cutter.endFile();
      this.#readBytes = before + file.bytesRead;
      this.#keep(this.#cutter.takeBatches());
    }
  }

  /** Keeps the batches as long as there is room; afterwards their memory serves the next ones. */
  #keep(batches: readonly Batch[]): void {
    for (const batch of batches) {
      if (this.#kept === undefined) {
        this.#cutter.takeBack(batch.bytes);
        continue;
      }
      this.#kept.push(batch);
      this.#keptBytes += batch.bytes.buffer.byteLength;
      if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined;
    }
  }
}

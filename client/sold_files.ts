/** Which files an agency has sold from, for a sale that goes on in a later run. */
import { existsSync, realpathSync, rmSync } from 'node:fs';

import { z } from 'zod/v3';

import { OperationError, oneLine } from '../program/exit';
import { readSmallFile } from '../program/small_file';
import { writeWholeFile } from '../program/whole_file';
import { StartingPoint } from './batch_source';
import { CheckedFile } from './file_check';

const RECORD = z.object({
  agency: z.number(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), rows: z.number() })),
});

/** More than the names of all files of a sale. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

type SoldFile = z.infer<typeof RECORD>['files'][number];

/**
 * The record of a sale that was not ended: its files, in the order in which they were sold. A bet's id is its row over
 * all of them, so that a later run has to begin with them, whatever file it is given. Nothing of their rows is in it.
 */
export class SoldFiles {
  readonly #path: string;
  readonly #agency: number;
  readonly #files: readonly SoldFile[];
  #added: readonly string[] = [];
  #isWritten = false;

  /** @throws OperationError when there is a record, but none that can be read */
  constructor(path: string, agency: number) {
    this.#path = path;
    this.#agency = agency;
    this.#files = existsSync(path) ? readRecord(path, agency) : [];
  }

  /** Whether there is a record of an earlier run. */
  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** All files of the sale: those that were sold from before, then those of `paths` that are not among them. */
  with(paths: readonly string[]): string[] {
    const sold = this.#files.map(({ path }) => path);
    this.#added = paths.map(realPath).filter((path) => !sold.includes(path));
    return [...sold, ...paths.filter((path) => !sold.includes(realPath(path)))];
  }

  /**
   * Whether the files that were sold from are what they were, and no file's bets would be sold twice.
   *
   * @param files those of `with`, with their digests
   * @throws OperationError when not
   */
  requireSame(files: readonly CheckedFile[]): void {
    for (const [index, { path, sha256 }] of this.#files.entries()) {
      if (files[index]?.sha256 === sha256) continue;
      throw new OperationError(
        `${path}: has changed since bets of it were sold (${this.#path}): put it back as it was`,
      );
    }
    for (const [index, { path, sha256, rows }] of files.entries()) {
      const same = files.slice(0, index).find((other) => other.sha256 === sha256 && rows > 0);
      if (same !== undefined) {
        throw new OperationError(`${path}: is the same as ${same.path}: its bets would be sold twice`);
      }
    }
  }

  /**
   * Whether the record is of this lottery: the server must have something of files that this run was not given.
   *
   * @throws OperationError when it has nothing
   */
  requireStored({ bets }: StartingPoint, paths: readonly string[]): void {
    const given = paths.map(realPath);
    const other = this.#files.find(({ path }) => !given.includes(path));
    if (bets > 0 || other === undefined) return;
    throw new OperationError(
      `the server has no bets of agency ${this.#agency}, but ${other.path} was sold before, by ${this.#path}: remove ` +
        'that file if this is a new lottery; otherwise name all files of the sale in data.file',
    );
  }

  /**
   * Writes down that these files are sold from; before anything of them is sent.
   *
   * @throws the file system's error
   */
  async write(files: readonly CheckedFile[]): Promise<void> {
    if (this.#files.length > 0 && this.#added.length === 0) return;
    const sold = files.map(({ path, sha256 = '', rows }) => ({ path: realPath(path), sha256, rows }));
    await this.#writeRecord(sold);
    this.#isWritten = true;
  }

  async #writeRecord(files: readonly SoldFile[]): Promise<void> {
    await writeWholeFile(this.#path, [`${JSON.stringify({ agency: this.#agency, files }, null, 2)}\n`]);
  }

  /**
   * Nothing was sold of the files that {@link write} has added: the record is what it was.
   *
   * @throws the file system's error
   */
  async restore(): Promise<void> {
    if (!this.#isWritten) return;
    if (this.#files.length === 0) rmSync(this.#path, { force: true });
    else await this.#writeRecord(this.#files);
  }

  /** The sale is over. */
  remove(): void {
    if (this.#files.length > 0) rmSync(this.#path, { force: true });
  }
}

function readRecord(path: string, agency: number): readonly SoldFile[] {
  try {
    const record = RECORD.parse(JSON.parse(readSmallFile(path, MAX_RECORD_BYTES).bytes.toString()));
    if (record.agency !== agency) throw new Error(`it is of agency ${record.agency}`);
    return record.files;
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it has another form' : oneLine(error);
    throw new OperationError(`${path}: is no record of what agency ${agency} has sold: ${reason}`);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is told when the file is opened.
    return path;
  }
}

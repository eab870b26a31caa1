import { statSync } from 'node:fs';
import { FileHandle, open, stat } from 'node:fs/promises';

import { OperationError, oneLine } from '../program/exit';
import { RowProblem } from './bet_row';
import { hasQuote, LineSplitter, MAX_ROW_BYTES, quotedColumns } from './csv_lines';
import { FileText } from './file_text';

/** How much is read at once. */
const READ_BYTES = 256 * 1024;
/** How much of it is cut into rows at once. The rows of one chunk wait in memory: few, so that the heap need not grow. */
const CHUNK_BYTES = 16 * 1024;

const UNCLOSED_QUOTE: RowProblem = { field: 'row', rule: 'quotes that are closed on the same line' };
const TOO_LONG: RowProblem = { field: 'row', rule: `at most ${MAX_ROW_BYTES} bytes` };

/** Where a row stands. */
export interface RowPlace {
  /** The file's path. */
  readonly file: string;
  /** Counts the rows from 1, over all files of the agency, empty lines left out: the bet's id. */
  readonly row: number;
  /** The line of the file, from 1. */
  readonly line: number;
}

/** Who is told of a file's rows, in their order. */
export interface RowVisitor {
  /**
   * A row. It is called for every row of the file, so nothing is made for the call: `text` is the line, and
   * `columns` are its columns, both with a character for each byte (latin1).
   *
   * @param row counts the rows of this file from 1, empty lines left out
   * @param isSound whether the line is known to be sound text (`isSoundText`)
   */
  row(columns: readonly string[], row: number, line: number, isSound: boolean, text: string): void;
  /** A row that has no columns. Of one that is too long, `text` is the beginning. */
  unreadable(problem: RowProblem, row: number, line: number, text: string): void;
}

/** What tells a file that was changed, or replaced, from what it was. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly inode: bigint;
}

/**
 * An agency's CSV file, read chunk by chunk: UTF-8, or UTF-16 (little-endian) behind its mark; `LF` or `CRLF`; fields
 * quoted or not, without line breaks in them; no header.
 *
 * Columns are given as bytes, not as text: a bet is sent as the bytes that it is.
 *
 * It never holds more than a chunk's rows.
 */
export class BetFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #lines = new LineSplitter();
  readonly #text = new FileText();
  #row = 0;
  #line = 0;
  #bytesRead = 0;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  /** What was read and not looked at yet. */
  #read: Buffer = this.#buffer.subarray(0, 0);

  /** @throws OperationError when it cannot be opened */
  static async open(path: string): Promise<BetFile> {
    let handle: FileHandle | undefined;
    try {
      // Opening anything else could wait for ever, for example for the writer of a pipe.
      if (!(await stat(path)).isFile()) throw new Error('it is no regular file');
      handle = await open(path, 'r');
      return new BetFile(path, handle, stampOf(await handle.stat({ bigint: true })));
    } catch (error) {
      await handle?.close();
      throw new OperationError(`${path}: cannot be read: ${oneLine(error)}`);
    }
  }

  private constructor(
    path: string,
    handle: FileHandle,
    /** The file as it was when it was opened. */
    readonly stamp: FileStamp,
  ) {
    this.#path = path;
    this.#handle = handle;
  }

  /** How much of the file was looked at. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * The beginning of the file, as much as one read gives. It is read again afterwards.
   *
   * @throws OperationError when the file cannot be read
   */
  async beginning(): Promise<Buffer> {
    if (this.#bytesRead === 0 && this.#read.length === 0) this.#read = await this.#readOn();
    return this.#read;
  }

  /**
   * Reads on by one chunk.
   *
   * @param onBytes called with the chunk's bytes as they stand in the file
   * @returns false at the end of the file
   * @throws OperationError when the file cannot be read
   */
  async readChunk(visitor: RowVisitor, onBytes?: (bytes: Buffer) => void): Promise<boolean> {
    if (this.#read.length === 0) this.#read = await this.#readOn();
    const chunk = this.#read.subarray(0, CHUNK_BYTES);
    this.#read = this.#read.subarray(chunk.length);
    this.#bytesRead += chunk.length;
    if (chunk.length > 0) {
      onBytes?.(chunk);
      this.#visitLines(this.#lines.take(this.#text.next(chunk)), visitor);
      return true;
    }
    this.#visitLines([...this.#lines.take(this.#text.end()), ...this.#lines.end()], visitor);
    return false;
  }

  /**
   * Whether the file under this path is still the one that was opened, unchanged since.
   *
   * @throws OperationError when it is not
   */
  async requireUnchanged(): Promise<void> {
    const ours = stampOf(await this.#handle.stat({ bigint: true }));
    if (!isSameStamp(ours, this.stamp)) throw changed(this.#path);
    requireStamp(this.#path, this.stamp);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readOn(): Promise<Buffer> {
    const { bytesRead } = await this.#handle.read(this.#buffer, 0, READ_BYTES).catch((error: unknown) => {
      throw new OperationError(`${this.#path}: cannot be read: ${oneLine(error)}`);
    });
    return this.#buffer.subarray(0, bytesRead);
  }

  #visitLines(lines: readonly string[], visitor: RowVisitor): void {
    const quoted = columnsOfQuotedLines(lines);
    const { isSound } = this.#text;
    for (const text of lines) {
      const line = ++this.#line;
      if (text === '') continue;
      const row = ++this.#row;
      if (text.length > MAX_ROW_BYTES) {
        visitor.unreadable(TOO_LONG, row, line, text.slice(0, MAX_ROW_BYTES));
        continue;
      }
      const columns = quoted?.has(text) === true ? quoted.get(text) : text.split(',');
      if (columns === undefined) visitor.unreadable(UNCLOSED_QUOTE, row, line, text);
      else visitor.row(columns, row, line, isSound, text);
    }
  }
}

/**
 * Whether the file under this path is still what it was.
 *
 * @throws OperationError when it is not
 */
export function requireStamp(path: string, stamp: FileStamp): void {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (now === undefined || !isSameStamp(stampOf(now), stamp)) throw changed(path);
}

function changed(path: string): OperationError {
  return new OperationError(
    `${path}: has changed while it was read: it is still being written, or was replaced or removed`,
  );
}

function stampOf({ size, mtimeNs, ino }: { size: bigint; mtimeNs: bigint; ino: bigint }): FileStamp {
  return { sizeBytes: Number(size), modifiedNs: mtimeNs, inode: ino };
}

function isSameStamp(one: FileStamp, other: FileStamp): boolean {
  return (
    one.sizeBytes === other.sizeBytes && one.modifiedNs === other.modifiedNs && one.inode === other.inode
  );
}

function columnsOfQuotedLines(
  lines: readonly string[],
): Map<string, readonly string[] | undefined> | undefined {
  const quoted = lines.filter((line) => hasQuote(line) && line.length <= MAX_ROW_BYTES);
  if (quoted.length === 0) return undefined;
  const columns = quotedColumns(quoted);
  return new Map(quoted.map((line, index) => [line, columns[index]]));
}

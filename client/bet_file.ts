import { FileHandle, open, stat } from 'node:fs/promises';

import { CsvError, Parser, parse } from 'csv-parse';

import { OperationError, oneLine } from '../program/exit';
import { FileText } from './file_text';
import { MAX_ROW_BYTES, PlainRows } from './plain_rows';

/** How much is read at once. */
const READ_BYTES = 256 * 1024;
/** How much of it is parsed at once. The rows of one chunk wait in memory: few, so that the heap need not grow. */
const CHUNK_BYTES = 16 * 1024;

/** Where a row stands. */
export interface RowPlace {
  /** Counts the file's rows from 1, empty lines left out: the bet's id. */
  readonly row: number;
  /** The line of the file on which the row begins, from 1. */
  readonly line: number;
}

/**
 * Called for each row, whose place is given as in {@link RowPlace}.
 *
 * @param columns a character for each byte (latin1)
 * @param isSound whether they are known to be sound text (`isSoundText`)
 * @returns true when no column can hold a line break, since the row is a bet that can be sent
 */
export type VisitRow = (columns: readonly string[], row: number, line: number, isSound: boolean) => boolean;

/**
 * An agency's CSV file, read chunk by chunk: UTF-8, `LF` or `CRLF`, fields quoted or not, no header.
 *
 * Columns are given as bytes, not as text: a bet is sent as the bytes that it is.
 *
 * It never holds more than a chunk's rows.
 */
export class BetFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #parser: Parser;
  readonly #text = new FileText();
  #plain: PlainRows | undefined = new PlainRows();
  #failure: Error | undefined;
  #row = 0;
  #line = 1;
  #bytesRead = 0;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  /** What was read and not parsed yet. */
  #read: Buffer = this.#buffer.subarray(0, 0);

  /** @throws OperationError when it cannot be opened */
  static async open(path: string): Promise<BetFile> {
    try {
      // Opening anything else could wait for ever, for example for the writer of a pipe.
      const { isFile, size } = await lookAt(path);
      if (!isFile) throw new Error('it is no regular file');
      return new BetFile(path, await open(path, 'r'), size);
    } catch (error) {
      throw new OperationError(`${path}: cannot be read: ${oneLine(error)}`);
    }
  }

  private constructor(
    path: string,
    handle: FileHandle,
    /** The file's length when it was opened. */
    readonly sizeBytes: number,
  ) {
    this.#path = path;
    this.#handle = handle;
    this.#parser = parse({
      encoding: 'latin1',
      relax_column_count: true,
      relax_quotes: true,
      record_delimiter: ['\r\n', '\n'],
      max_record_size: MAX_ROW_BYTES,
    });
    this.#parser.on('error', (error) => (this.#failure = error));
  }

  /** How much of the file was parsed. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * Reads on by one chunk.
   *
   * @param visit called for each row
   * @returns false at the end of the file
   * @throws OperationError when the file cannot be read or is no CSV
   */
  async readChunk(visit: VisitRow): Promise<boolean> {
    if (this.#read.length === 0) this.#read = await this.#readOn();
    // The parser tells of an error a turn of the event loop after the bytes that made it.
    this.#throwIfFailed();
    // The parser keeps what follows the last whole row: each chunk has bytes of its own.
    const chunk = Buffer.from(this.#read.subarray(0, CHUNK_BYTES));
    this.#read = this.#read.subarray(chunk.length);
    this.#bytesRead += chunk.length;
    if (chunk.length > 0) this.#takeBytes(this.#text.next(chunk), visit);
    else await this.#endOfInput(visit);
    this.#throwIfFailed();
    return chunk.length > 0;
  }

  async close(): Promise<void> {
    this.#parser.destroy();
    await this.#handle.close();
  }

  #takeBytes(bytes: Buffer, visit: VisitRow): void {
    const lines = this.#plain?.take(bytes);
    if (lines !== undefined) {
      for (const line of lines) this.#visitRow(line.split(','), visit);
      return;
    }
    if (this.#plain === undefined) this.#parser.write(bytes);
    else this.#turnToParser(this.#plain);
    this.#visitRows(visit);
  }

  /** From here on the parser reads. */
  #turnToParser(plain: PlainRows): void {
    this.#plain = undefined;
    Object.assign(this.#parser.info, { lines: this.#line });
    this.#parser.write(plain.rest);
  }

  async #readOn(): Promise<Buffer> {
    const { bytesRead } = await this.#handle.read(this.#buffer, 0, READ_BYTES).catch((error: unknown) => {
      throw new OperationError(`${this.#path}: cannot be read: ${oneLine(error)}`);
    });
    return this.#buffer.subarray(0, bytesRead);
  }

  /** The parser gives out the last row, and its complaints, only when it is told that this is the end. */
  async #endOfInput(visit: VisitRow): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#parser.once('end', resolve);
      this.#parser.once('close', resolve);
      this.#parser.on('readable', () => this.#visitRows(visit));
    });
    if (this.#plain !== undefined) this.#turnToParser(this.#plain);
    this.#parser.end(this.#text.end());
    this.#visitRows(visit);
    await ended;
  }

  #visitRows(visit: VisitRow): void {
    for (let columns = this.#nextRow(); columns !== null; columns = this.#nextRow()) {
      this.#visitRow(columns, visit);
    }
  }

  #visitRow(columns: readonly string[], visit: VisitRow): void {
    const line = this.#line++;
    if (columns.length === 1 && columns[0] === '') return;
    const isOneLine = visit(columns, ++this.#row, line, this.#text.isSound);
    if (!isOneLine) this.#line += countLineBreaks(columns);
  }

  #nextRow(): readonly string[] | null {
    return this.#parser.read() as readonly string[] | null;
  }

  #throwIfFailed(): void {
    if (this.#failure === undefined) return;
    const code = this.#failure instanceof CsvError ? `${this.#failure.code}: ` : '';
    throw new OperationError(`${this.#path}: line ${this.#line}: ${code}${oneLine(this.#failure)}`);
  }
}

async function lookAt(path: string): Promise<{ isFile: boolean; size: number }> {
  const status = await stat(path);
  return { isFile: status.isFile(), size: status.size };
}

function countLineBreaks(columns: readonly string[]): number {
  return columns.reduce((count, column) => count + column.split('\n').length - 1, 0);
}

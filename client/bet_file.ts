import { FileHandle, open, stat } from 'node:fs/promises';

import { CsvError, Parser, parse } from 'csv-parse';

import { OperationError, oneLine } from '../program/exit';

const CHUNK_BYTES = 64 * 1024;
/** The longest row: far above any that could be sent, and a bound on a quote that is never closed. */
const MAX_ROW_BYTES = 64 * 1024;

/** Where a row stands. */
export interface RowPlace {
  /** Counts the file's rows from 1, empty lines left out: the bet's id. */
  readonly row: number;
  /** The line of the file on which the row begins, from 1. */
  readonly line: number;
}

/**
 * Called for each row.
 *
 * @returns true when no column can hold a line break, since the row is a bet that can be sent
 */
export type VisitRow = (columns: readonly string[], place: RowPlace) => boolean;

/**
 * An agency's CSV file, read chunk by chunk: UTF-8, `LF` or `CRLF`, fields quoted or not, no header.
 *
 * It never holds more than a chunk's rows.
 */
export class BetFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #parser: Parser;
  #failure: Error | undefined;
  #row = 0;
  #line = 1;
  #bytesRead = 0;

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
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      record_delimiter: ['\r\n', '\n'],
      max_record_size: MAX_ROW_BYTES,
    });
    this.#parser.on('error', (error) => (this.#failure = error));
  }

  /** How much of the file was read. */
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
    // The parser keeps what follows the last whole row: each chunk has bytes of its own.
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = await this.#handle.read(chunk, 0, CHUNK_BYTES).catch((error: unknown) => {
      throw new OperationError(`${this.#path}: cannot be read: ${oneLine(error)}`);
    });
    // The parser tells of an error a turn of the event loop after the bytes that made it.
    this.#throwIfFailed();
    this.#bytesRead += bytesRead;
    if (bytesRead > 0) this.#parser.write(chunk.subarray(0, bytesRead));
    else await this.#endOfInput(visit);
    this.#visitRows(visit);
    this.#throwIfFailed();
    return bytesRead > 0;
  }

  async close(): Promise<void> {
    this.#parser.destroy();
    await this.#handle.close();
  }

  /** The parser gives out the last row, and its complaints, only when it is told that this is the end. */
  async #endOfInput(visit: VisitRow): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#parser.once('end', resolve);
      this.#parser.once('close', resolve);
      this.#parser.on('readable', () => this.#visitRows(visit));
    });
    this.#parser.end();
    this.#visitRows(visit);
    await ended;
  }

  #visitRows(visit: VisitRow): void {
    for (let columns = this.#nextRow(); columns !== null; columns = this.#nextRow()) {
      const line = this.#line++;
      if (columns.length === 1 && columns[0] === '') continue;
      const isOneLine = visit(columns, { row: ++this.#row, line });
      if (!isOneLine) this.#line += countLineBreaks(columns);
    }
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

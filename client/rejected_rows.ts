/** Rows that cannot be sent: named on the screen and in the log, and written to a file for the shop that sold them. */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { extname } from 'node:path';

import { OperationError, oneLine } from '../program/exit';
import { Log } from '../program/log';
import { RowPlace } from './bet_file';
import { RowProblem } from './bet_row';
import { FormGuess } from './file_form';

/** So many rows are named on the screen and in the log; all of them are in the file. */
const MAX_NAMED_ROWS = 20;
const BUFFERED_BYTES = 256 * 1024;
/** How many files of earlier runs may lie beside. */
const MAX_FILES = 1_000;
const HEADING = 'file,line,row,field,allowed,text\n';

/** Where rejected rows are told. */
export interface RejectedRowsOptions {
  /** Where the file may be; the first place that takes it is used. */
  readonly paths: readonly string[];
  readonly log: Log;
  /** Called with a line for the screen. */
  readonly show: (line: string) => void;
}

/**
 * Collects the rows that cannot be sent. No row's content is shown or logged; it stands, byte for byte, in a CSV file
 * that only its owner can read: file, line, row, field, what is allowed there, and the row. A file of an earlier run is
 * never replaced, since it may be the only account of what has to be refunded: the new one gets a number.
 */
export class RejectedRows {
  readonly #options: RejectedRowsOptions;
  readonly #forms = new FormGuess();
  #count = 0;
  #file: RejectedFile | undefined;
  #failure: string | undefined;

  constructor(options: RejectedRowsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** Where the rows and their reasons are; `undefined` when there are none, or they could not be written. */
  get path(): string | undefined {
    return this.#failure === undefined ? this.#file?.path : undefined;
  }

  /**
   * Takes a row.
   *
   * @param text the line as it stands, a character for each byte (latin1)
   */
  add({ file, row, line }: RowPlace, { field, rule }: RowProblem, text: string): void {
    this.#count++;
    this.#forms.add(text, line);
    if (this.#count <= MAX_NAMED_ROWS) {
      this.#options.log.warning('leave_out_row', 'fail', { file, line, row, field, allowed: rule });
      this.#options.show(`${file}: line ${line}, row ${row}: ${field}: allowed is ${rule}`);
    }
    const cells = [file, String(line), String(row), field, rule].map((cell) =>
      Buffer.from(cell).toString('latin1'),
    );
    this.#write(`${[...cells, text].map(csvCell).join(',')}\n`);
  }

  /** All rows were told: the file is durable. */
  end(): void {
    const { log, show } = this.#options;
    if (this.#count === 0) return;
    if (this.#count > MAX_NAMED_ROWS) show(`and ${this.#count - MAX_NAMED_ROWS} rows more`);
    this.#attempt((file) => file.end());
    log.warning('leave_out_rows', 'fail', {
      rows: this.#count,
      ...(this.path === undefined ? {} : { reasons_file: this.path }),
      ...(this.#failure === undefined ? {} : { reasons_file_error: this.#failure }),
    });
  }

  /** What the rows have in common and where they are written, as the end of a sentence; empty when there are none. */
  describe(): string {
    if (this.#count === 0) return '';
    const form = this.#forms.describe();
    const place =
      this.#failure === undefined
        ? `the rows and their reasons are in ${this.#file?.path ?? ''}`
        : `the rows could not be written to a file: ${this.#failure}`;
    return `${form === undefined ? '' : `it looks as if ${form}; `}${place}`;
  }

  #write(text: string): void {
    this.#attempt((file) => file.write(text));
  }

  /** A disk that is full must not keep the other rows from being sold, or the mistake from being told. */
  #attempt(work: (file: RejectedFile) => void): void {
    if (this.#failure !== undefined) return;
    try {
      this.#file ??= RejectedFile.make(this.#options.paths);
      work(this.#file);
    } catch (error) {
      this.#failure = oneLine(error);
    }
  }
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The file, written in order. */
class RejectedFile {
  readonly #descriptor: number;
  readonly #before: string | undefined;
  #path: string;
  #buffered = HEADING;

  /** Makes it at the first place where that is possible. */
  static make(paths: readonly string[]): RejectedFile {
    let failure: unknown;
    for (const path of paths) {
      try {
        return new RejectedFile(path);
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  private constructor(wanted: string) {
    let before: string | undefined;
    for (let number = 1; number <= MAX_FILES; number++) {
      const path = numbered(wanted, number);
      try {
        this.#descriptor = openSync(path, 'wx', 0o600);
        this.#path = path;
        this.#before = before;
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        before = path;
      }
    }
    throw new OperationError(`${wanted}: there are ${MAX_FILES} such files already`);
  }

  get path(): string {
    return this.#path;
  }

  write(text: string): void {
    this.#buffered += text;
    if (this.#buffered.length >= BUFFERED_BYTES) this.#flush();
  }

  end(): void {
    this.#flush();
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    // The same run again, with the same mistakes: one file is enough.
    if (this.#before === undefined || !hasSameContent(this.#before, this.#path)) return;
    rmSync(this.#path);
    this.#path = this.#before;
  }

  #flush(): void {
    let bytes = Buffer.from(this.#buffered, 'latin1');
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#descriptor, bytes));
    this.#buffered = '';
  }
}

/** `rejected.csv`, then `rejected-2.csv`. */
function numbered(path: string, number: number): string {
  if (number === 1) return path;
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}

function hasSameContent(one: string, other: string): boolean {
  try {
    return readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}

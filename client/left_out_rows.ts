import { Log } from '../program/log';
import { RowPlace } from './bet_file';
import { RowProblem } from './bet_row';

/** So many rows are told one by one; the rest is counted. */
const MAX_REPORTED_ROWS = 1_000;

/** Counts the rows that cannot be sent, and tells them by file, line and field, never by what stands there. */
export class LeftOutRows {
  readonly #path: string;
  readonly #log: Log;
  #count = 0;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  get count(): number {
    return this.#count;
  }

  /** Tells one row. */
  readonly report = ({ row, line }: RowPlace, { field, rule }: RowProblem): void => {
    this.#count++;
    if (this.#count > MAX_REPORTED_ROWS) return;
    this.#log.warning('leave_out_row', 'fail', { file: this.#path, line, row, field, allowed: rule });
  };

  /** Tells the sum, if there is one. */
  summarize(): void {
    if (this.#count === 0) return;
    this.#log.warning('leave_out_rows', 'fail', { file: this.#path, rows: this.#count });
  }
}

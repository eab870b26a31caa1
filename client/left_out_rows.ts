import { Log } from '../program/log';
import { RowPlace } from './bet_file';
import { RowProblem } from './bet_row';

/** At most this many rows are reported one by one; the others are counted. */
const MAX_REPORTED_ROWS = 1_000;

/** Counts the rows that cannot be sent, and logs them by file, line and field, never with their content. */
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

  /** Logs one row. */
  readonly report = ({ row, line }: RowPlace, { field, rule }: RowProblem): void => {
    this.#count++;
    if (this.#count > MAX_REPORTED_ROWS) return;
    this.#log.warning('leave_out_row', 'fail', { file: this.#path, line, row, field, allowed: rule });
  };

  /** Logs the total, if it is not 0. */
  summarize(): void {
    if (this.#count === 0) return;
    this.#log.warning('leave_out_rows', 'fail', { file: this.#path, rows: this.#count });
  }
}

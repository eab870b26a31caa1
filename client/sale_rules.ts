/** What must be true of an agency's files before anything of them is sold, and before the sale is ended. */
import { OperationError } from '../program/exit';
import { ClientConfiguration, LeftOutLimit } from './config';
import { CheckedFile, CheckedFiles } from './file_check';

/** A percentage of a number of rows is compared to within this: decimal shares are not exact in binary. */
const TOLERANCE = 1e-9;

type Rules = Pick<
  ClientConfiguration,
  'data.strict' | 'data.rows' | 'data.sha256' | 'data.mayBeEmpty' | 'data.maxLeftOut'
>;

/**
 * Whether anything of the files may be sent.
 *
 * @param all the files of the sale
 * @param given those of them that this run was given
 * @throws OperationError when a file is not the one that is meant, is empty, or holds rows that cannot be sent
 */
export function requireSellable(rules: Rules, all: CheckedFiles, given: readonly CheckedFile[]): void {
  const digests = rules['data.sha256'] ?? [];
  for (const [index, { path, sha256, rows }] of given.entries()) {
    const expected = digests[index];
    if (expected !== undefined && expected !== sha256) {
      throw new OperationError(`${path}: its SHA-256 is ${sha256 ?? ''}, data.sha256 says ${expected}`);
    }
    if (rows === 0 && !rules['data.mayBeEmpty']) {
      throw new OperationError(`${path}: is empty; if that is right, set data.mayBeEmpty: true`);
    }
  }
  const expectedRows = rules['data.rows'];
  const rows = given.reduce((sum, file) => sum + file.rows, 0);
  if (expectedRows !== undefined && expectedRows !== rows) {
    throw new OperationError(`${pathsOf(given)}: ${rows} rows, data.rows says ${expectedRows}`);
  }
  const leftOut = all.rows - all.bets;
  if (rules['data.strict'] && leftOut > 0) {
    throw new OperationError(`${pathsOf(all.files)}: ${leftOut} ${rowsOf(leftOut)} cannot be sent`);
  }
}

/**
 * Whether too many rows were left out for the sale to be ended.
 *
 * @returns the error that the run ends with after everything else was sold; `undefined` when the sale may be ended
 */
export function leftOutTooMany(
  rules: Rules,
  { files, rows, bets }: CheckedFiles,
): OperationError | undefined {
  const leftOut = rows - bets;
  if (leftOut === 0) return undefined;
  const limit = rules['data.maxLeftOut'];
  if (bets > 0 && isWithin(leftOut, rows, limit)) return undefined;
  const allowed = 'rows' in limit ? `${limit.rows} rows` : `${limit.percent} % of ${rows} rows`;
  const why = bets === 0 ? 'and none can be sold' : `data.maxLeftOut allows ${allowed}`;
  return new OperationError(`${pathsOf(files)}: ${leftOut} ${rowsOf(leftOut)} cannot be sent, ${why}`);
}

function isWithin(leftOut: number, rows: number, limit: LeftOutLimit): boolean {
  return 'rows' in limit ? leftOut <= limit.rows : leftOut * 100 <= limit.percent * rows + TOLERANCE;
}

function rowsOf(amount: number): string {
  return amount === 1 ? 'row' : 'rows';
}

/** The files in a message; of many, the first. */
function pathsOf(files: readonly CheckedFile[]): string {
  const [first] = files;
  return `${first?.path ?? ''}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`;
}

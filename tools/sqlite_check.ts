import Database from 'better-sqlite3';

import { OperationError, oneLine } from '../program/exit';

/** Every place that was looked at would fill the screen. */
const MAX_REASON_CHARACTERS = 120;

/**
 * Makes sure that the package which keeps the server's ledger can be loaded: it is compiled for one version of Node on one
 * kind of machine, and is missing where that has failed or was skipped.
 *
 * @throws OperationError, which says what to install
 */
export function requireSqlite(): void {
  try {
    new Database(':memory:').close();
  } catch (error) {
    throw new OperationError(
      `the package better-sqlite3 cannot be loaded (${oneLine(error).slice(0, MAX_REASON_CHARACTERS)}): ` +
        'run `npm rebuild better-sqlite3`; where there is no ready binary for this machine, that needs python3, make ' +
        'and g++ (Debian: `apt-get install python3 make g++`)',
    );
  }
}

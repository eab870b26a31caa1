/** The server's ledger, read from outside. */
import { join } from 'node:path';

import SqliteDatabase, { Database } from 'better-sqlite3';
import type { Container } from 'dockerode';

import { withCopyOf } from './docker_files';

/** A copy of the ledger. */
export class CopiedLedger {
  readonly #database: Database;

  constructor(file: string) {
    this.#database = new SqliteDatabase(file);
  }

  /** The ids of an agency's bets, in order. */
  betIds(agency: number): number[] {
    return this.#database
      .prepare<[number], number>('SELECT bet_id FROM bets WHERE agency = ? ORDER BY bet_id')
      .pluck()
      .all(agency);
  }

  /** An agency's bets as rows of its file, in the order of their ids. */
  rows(agency: number): string[] {
    return this.#database
      .prepare<[number], string>(
        `SELECT concat_ws(',', first_name, last_name, document, birthdate, number)
         FROM bets WHERE agency = ? ORDER BY bet_id`,
      )
      .pluck()
      .all(agency);
  }

  /** How many bets there are, all agencies. */
  countBets(): number {
    return this.#database.prepare<[], number>('SELECT count(*) FROM bets').pluck().get() ?? 0;
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Copies the ledger out of a server's container that does not run, and reads the copy. What a killed server has
 * left in the write-ahead log comes with it.
 */
export function withLedger<Result>(
  server: Container,
  read: (ledger: CopiedLedger) => Result,
): Promise<Result> {
  return withCopyOf(server, '/data', (folder) => {
    const ledger = new CopiedLedger(join(folder, 'lottery.db'));
    try {
      return read(ledger);
    } finally {
      ledger.close();
    }
  });
}

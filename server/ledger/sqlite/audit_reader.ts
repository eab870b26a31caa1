import { statSync } from 'node:fs';
import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database, Statement } from 'better-sqlite3';

import { oneLine, OperationError } from '../../../program/exit';
import type { AuditReader, AuditSegment } from '../audit_reader';
import { SqliteSnapshot } from './audit_snapshot';
import { auditChecksum } from './checksums';
import { requireLedger } from './file_checks';
import { SmallTables } from './small_tables';
import { LEDGER_FILE } from './store';

interface AuditRow {
  readonly sequence: number;
  readonly audit_lines: string;
  readonly audit_checksum: number;
}

/** Segments that are read at once: no transaction stays open while the caller works. */
const SEGMENTS_AT_ONCE = 64;

/** Reads the audit log of a ledger's folder. */
export class SqliteAuditReader implements AuditReader {
  readonly #folder: string;
  readonly #database: Database;
  readonly #select: Statement<[number, number], AuditRow>;
  readonly #selectLast: Statement<[], number | null>;
  #snapshot: SqliteSnapshot | undefined;

  /** @throws OperationError when there is no ledger, or none of this version */
  constructor(folder: string) {
    this.#folder = folder;
    const file = join(folder, LEDGER_FILE);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new OperationError(`${file}: there is no ledger`);
    }
    try {
      this.#database = new SqliteDatabase(file, { readonly: true });
      requireLedger(this.#database, file);
      this.#select = this.#database.prepare(
        `SELECT sequence, audit_lines, audit_checksum FROM segments WHERE sequence > ? AND sequence <= ?
         ORDER BY sequence LIMIT ${SEGMENTS_AT_ONCE}`,
      );
      this.#selectLast = this.#database
        .prepare<[], number | null>('SELECT max(sequence) FROM segments')
        .pluck();
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${file}: ${oneLine(error)}`);
    }
  }

  /** The number that wins in this lottery. @throws OperationError when that is damaged */
  get winnerNumber(): number | undefined {
    return new SmallTables(this.#database).readLottery().winnerNumber;
  }

  lastSequence(): Promise<number> {
    return Promise.resolve(this.#selectLast.get() ?? 0);
  }

  *read(after = 0, end = Infinity): Generator<AuditSegment> {
    let last = after;
    for (let rows = this.#select.all(last, end); rows.length > 0; rows = this.#select.all(last, end)) {
      for (const { sequence, audit_lines: lines, audit_checksum } of rows) {
        if (sequence !== ++last || auditChecksum(sequence, lines) !== audit_checksum) {
          throw new OperationError(`the ledger is damaged: the audit log of segment ${last}`);
        }
        yield { sequence, lines };
      }
    }
  }

  snapshot(): Promise<SqliteSnapshot> {
    // All that is read from here on is what stands in the ledger now.
    this.#database.exec('BEGIN');
    this.#snapshot = new SqliteSnapshot(this.#folder, this.#database, () => this.read());
    return Promise.resolve(this.#snapshot);
  }

  async close(): Promise<void> {
    await this.#snapshot?.close();
    this.#database.close();
  }
}

import { statSync } from 'node:fs';
import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database, Statement } from 'better-sqlite3';

import { oneLine, OperationError } from '../../../program/exit';
import { auditChecksum } from './checksums';
import { LEDGER_FILE, requireLedger } from './store';

/** The lines of one segment: a part of the audit log that became durable at once. */
export interface AuditSegment {
  /** Counts up from 1 without a gap. */
  readonly sequence: number;
  /** Each with its line feed; empty where the segment has none. */
  readonly lines: string;
}

interface AuditRow {
  readonly sequence: number;
  readonly audit_lines: string;
  readonly audit_checksum: number;
}

/** Segments that are read at once: no transaction stays open while the caller works. */
const SEGMENTS_AT_ONCE = 64;

/** Reads the audit log of a ledger's folder, also while a server writes it. It changes nothing. */
export class AuditReader {
  readonly #database: Database;
  readonly #select: Statement<[number], AuditRow>;

  /** @throws OperationError when there is no ledger, or none of this version */
  constructor(folder: string) {
    const file = join(folder, LEDGER_FILE);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new OperationError(`${file}: there is no ledger`);
    }
    try {
      this.#database = new SqliteDatabase(file, { readonly: true });
      requireLedger(this.#database, file);
      this.#select = this.#database.prepare(
        `SELECT sequence, audit_lines, audit_checksum FROM segments WHERE sequence > ?
         ORDER BY sequence LIMIT ${SEGMENTS_AT_ONCE}`,
      );
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${file}: ${oneLine(error)}`);
    }
  }

  /** The ledger's file, open for reading, for whoever holds the log against what is stored. */
  get database(): Database {
    return this.#database;
  }

  /**
   * The segments behind one, as far as there are some now.
   *
   * @param after its sequence number; 0 for all
   * @throws OperationError when a segment is missing or its lines are not what was stored
   */
  *read(after = 0): Generator<AuditSegment> {
    let last = after;
    for (let rows = this.#select.all(last); rows.length > 0; rows = this.#select.all(last)) {
      for (const { sequence, audit_lines: lines, audit_checksum } of rows) {
        if (sequence !== ++last || auditChecksum(sequence, lines) !== audit_checksum) {
          throw new OperationError(`the ledger is damaged: the audit log of segment ${last}`);
        }
        yield { sequence, lines };
      }
    }
  }

  close(): void {
    this.#database.close();
  }
}

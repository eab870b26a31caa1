import { join } from 'node:path';

import SqliteDatabase, { Database } from 'better-sqlite3';

import { Draw, DrawTerms } from '../../server/ledger/draw';
import { LEDGER_FILE } from '../../server/ledger/sqlite/store';
import { CommittedPart } from './ledger_watch';

interface TermsRow {
  readonly missing_agencies: string;
  readonly is_called_off: number;
}

interface BatchTextRow {
  readonly agency: number;
  readonly batch_id: number;
  readonly text: string;
}

/** Reads what is committed in a ledger's file, through a connection and statements of its own. */
export class SqliteReader {
  readonly #database: Database;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(folder: string) {
    this.#database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
    this.#statements = prepare(this.#database);
  }

  /** The number of the last segment. */
  get lastSequence(): number {
    return this.#statements.last.get()!;
  }

  /** When the draw was stored, as it says itself. */
  get drawnAt(): string | undefined {
    return this.#statements.drawnAt.get();
  }

  /** What came after a segment. */
  readAfter(sequence: number): CommittedPart {
    const { lines, texts, finished, lottery } = this.#statements;
    const { sale_closed: isClosed, ...terms } = lottery.get()!;
    return {
      lines: lines.all(sequence).flatMap((text) => text.split('\n').slice(0, -1)),
      texts: new Map(texts.all(sequence).map((row) => [`${row.agency}/${row.batch_id}`, row.text])),
      finished: finished.all(),
      closedWith: isClosed === 1 ? termsOf(terms) : undefined,
      draw: this.#readDraw(),
    };
  }

  close(): void {
    this.#database.close();
  }

  #readDraw(): Draw | undefined {
    const rows = this.#statements.draws.all();
    if (rows.length > 1) throw new Error('drawn twice');
    const [row] = rows;
    if (row === undefined) return undefined;
    const winners = this.#statements.winners
      .all()
      .map(({ agency, documents }) => [agency, documents] as const);
    const { bets, winner_number: number } = row;
    return { bets, winnerNumber: number ?? undefined, winners: new Map(winners), ...termsOf(row) };
  }
}

function prepare(database: Database) {
  return {
    last: database.prepare<[], number>('SELECT coalesce(max(sequence), 0) FROM segments').pluck(),
    lines: database
      .prepare<[number], string>('SELECT audit_lines FROM segments WHERE sequence > ? ORDER BY sequence')
      .pluck(),
    texts: database.prepare<[number], BatchTextRow>(
      `SELECT agency, batch_id, CAST(substr(text, byte_offset + 1, byte_length) AS TEXT) AS text
       FROM batches JOIN segments ON sequence = segment WHERE segment > ?`,
    ),
    finished: database.prepare<[], number>('SELECT agency FROM finished_agencies').pluck(),
    lottery: database.prepare<[], TermsRow & { sale_closed: number }>(
      'SELECT sale_closed, missing_agencies, is_called_off FROM lottery',
    ),
    draws: database.prepare<[], TermsRow & { bets: number; winner_number: number | null }>(
      'SELECT bets, winner_number, missing_agencies, is_called_off FROM draws',
    ),
    drawnAt: database.prepare<[], string>('SELECT drawn_at FROM draws').pluck(),
    winners: database.prepare<[], { agency: number; documents: string }>(
      'SELECT agency, documents FROM winners ORDER BY agency',
    ),
  };
}

function termsOf({ missing_agencies: missing, is_called_off: isCalledOff }: TermsRow): DrawTerms {
  return {
    missingAgencies: missing === '' ? [] : missing.split(',').map(Number),
    isCalledOff: isCalledOff === 1,
  };
}

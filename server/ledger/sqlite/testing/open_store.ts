import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { CheckedBatch } from '../../../../protocol/checked_batch';
import type { LotteryTerms } from '../../ledger';
import type { PlaceOutcome } from '../../operation';
import { LEDGER_FILE, Store } from '../store';

/** The lottery of the stores under test. */
export const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;

/** Appends batches as one parcel, without a transaction around. @param lines those of the audit log */
export function appendParcel(store: Store, batches: readonly CheckedBatch[], lines = ''): PlaceOutcome[] {
  const text = Buffer.from(batches.map((batch) => batch.text.toString()).join(';'));
  store.beginSegment(text);
  let start = 0;
  const outcomes = batches.map((batch) => {
    const end = start + batch.text.length;
    const { outcome } = store.place(batch, start, end);
    start = end + 1;
    return outcome;
  });
  store.endSegment(lines);
  return outcomes;
}

/** Appends batches as one parcel and commits them. @param lines those of the audit log */
export function commitParcel(store: Store, batches: readonly CheckedBatch[], lines = ''): PlaceOutcome[] {
  store.begin();
  const outcomes = appendParcel(store, batches, lines);
  store.commit();
  return outcomes;
}

/** Asks a ledger's file through a connection of its own, as the `sqlite3` shell does. */
export function query<Row>(folder: string, statement: string): Row[] {
  const database = new SqliteDatabase(join(folder, LEDGER_FILE));
  try {
    return database.prepare<[], Row>(statement).all();
  } finally {
    database.close();
  }
}

/** Changes a ledger's file through a connection of its own. */
export function execute(folder: string, statements: string): void {
  const database = new SqliteDatabase(join(folder, LEDGER_FILE));
  try {
    // What damages a file asks no rules.
    database.pragma('foreign_keys = OFF');
    database.exec(statements);
  } finally {
    database.close();
  }
}

import type { Database } from 'better-sqlite3';

import { NOTES_TABLE } from './schema';

/** From version 4 to 5: there are notes. Within a transaction. */
export function addNotes(database: Database): void {
  database.exec(NOTES_TABLE);
}

/**
 * Brings the tables of an older version up to this one. What was promised stays as it is: no text of a bet, no FIN and no
 * line of the audit log is changed.
 */
import type { Database } from 'better-sqlite3';

import { addDrawTerms } from './draw_terms_migration';
import { addNotes } from './notes_migration';
import { addPayloadChecks } from './payload_check_migration';
import { SCHEMA_VERSION } from './schema';

/**
 * Migrates a ledger of an earlier version, in one transaction.
 *
 * @param version of its tables, from OLDEST_VERSION on
 * @throws LedgerDamaged when a row is not what was stored
 * @throws OperationError when what the new tables need to know is not in the old ones
 */
export function migrate(database: Database, file: string, version: number): void {
  database.transaction(() => {
    if (version < 3) addDrawTerms(database, file);
    if (version < 4) addPayloadChecks(database);
    if (version < 5) addNotes(database);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

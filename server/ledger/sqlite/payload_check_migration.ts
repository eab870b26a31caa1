import type { Database } from 'better-sqlite3';

import { textCheck } from '../../../protocol/payload_check';
import { LedgerDamaged } from '../ledger';
import { BATCHES_TABLE } from './schema';

/** Where a batch lies in its segment. */
interface OldRow {
  readonly agency: number;
  readonly batch_id: number;
  readonly byte_offset: number;
  readonly byte_length: number;
}

/**
 * From version 3 to 4: each batch has the check value of its payload, made from the text that is stored. Within a
 * transaction.
 *
 * @throws LedgerDamaged when a batch lies outside of its segment
 */
export function addPayloadChecks(database: Database): void {
  database.exec(`CREATE TEMP TABLE checked AS SELECT * FROM batches;
    CREATE INDEX temp.checked_by_segment ON checked (segment);
    CREATE INDEX temp.checked_by_id ON checked (agency, batch_id);
    DROP TABLE batches;
    ${BATCHES_TABLE}`);
  const segments = database.prepare<[number], { sequence: number; text: Buffer }>(
    'SELECT sequence, text FROM segments WHERE sequence > ? ORDER BY sequence LIMIT 1',
  );
  const rowsOf = database.prepare<[number], OldRow>(
    'SELECT agency, batch_id, byte_offset, byte_length FROM checked WHERE segment = ?',
  );
  const insert = database.prepare<[number, number, number]>(
    'INSERT INTO batches SELECT agency, batch_id, segment, byte_offset, byte_length, bets, last_bet_id, ? FROM checked ' +
      'WHERE agency = ? AND batch_id = ?',
  );
  for (let next = segments.get(0); next !== undefined; next = segments.get(next.sequence)) {
    for (const row of rowsOf.all(next.sequence)) {
      const text = next.text.subarray(row.byte_offset, row.byte_offset + row.byte_length);
      insert.run(textCheck(text), row.agency, row.batch_id);
    }
  }
  requireAllRows(database);
  database.exec('DROP TABLE checked');
}

function requireAllRows(database: Database): void {
  const count = database.prepare<[], { missing: number }>(
    'SELECT (SELECT count(*) FROM checked) - (SELECT count(*) FROM batches) AS missing',
  );
  if (count.get()?.missing !== 0) throw new LedgerDamaged('a batch without its segment');
}

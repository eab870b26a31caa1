/**
 * SQLite with a row for each bet, the way it is usually done: checks every field, takes the bets apart, stores
 * whatever batches wait in one synced commit and answers. A batch that is stored already is acknowledged again.
 *
 * Usage: `node row_per_bet.js FILE`.
 */
import SqliteDatabase from 'better-sqlite3';

import { inGroups, PlacedBatch, serveBare } from './bare_door';

const file = process.argv[2];
if (file === undefined) throw new Error('usage: node row_per_bet.js FILE');

const database = new SqliteDatabase(file);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`
CREATE TABLE batches (agency INTEGER, batch_id INTEGER, PRIMARY KEY (agency, batch_id)) WITHOUT ROWID;
CREATE TABLE bets (
  agency INTEGER, bet_id INTEGER, first_name TEXT, last_name TEXT, document TEXT, birthdate TEXT, number INTEGER
);
`);
const insertBatch = database.prepare('INSERT INTO batches VALUES (?, ?) ON CONFLICT DO NOTHING');
const insertBet = database.prepare('INSERT INTO bets VALUES (?, ?, ?, ?, ?, ?, ?)');

const store = database.transaction((group: readonly PlacedBatch[]) => {
  for (const { agency, batchId, text } of group) {
    if (insertBatch.run(agency, batchId).changes === 0) continue;
    for (const bet of text.toString('utf8').split(';')) insertBet.run(...bet.split(','));
  }
});

serveBare(inGroups(store), () => database.close());

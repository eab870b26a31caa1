import { Contestant } from '../contestants';
import { findPostgresql, startCluster } from './postgresql_cluster';
import { query } from './wires/postgresql_wire';

/** A row for each bet, in a table that refuses nothing. */
export const BETS_TABLE = `CREATE TABLE bets (
  agency integer, bet_id bigint, first_name text, last_name text, document text, birthdate date, number smallint
)`;

/**
 * PostgreSQL in a fresh cluster with its default settings: a row for each bet, a COPY and a commit for each batch.
 * The next COPY is sent while the one before runs, as with every other store, though its usual clients do not.
 *
 * @throws OperationError when it is not installed
 */
export function postgresql(): Contestant {
  const programs = findPostgresql();
  return {
    name: `PostgreSQL ${programs.version}`,
    promise: 'synced; a batch that comes again is kept twice; numbers and dates checked',
    wire: 'postgresql',
    start: (folder) => startCluster(programs, folder, query(BETS_TABLE)),
  };
}

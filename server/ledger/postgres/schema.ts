/**
 * The ledger's tables in PostgreSQL. functions.ts has what writes them.
 *
 * A batch is one row, its bets the text that came. It is kept as bytes: they are compared one by one, whatever the
 * encoding and the collation of the database are. `batches` counts positions from 1 within a commit group, and its
 * key refuses a second copy. The view `bets` takes the texts apart for whoever asks in SQL.
 *
 * A migration changes no row of bets, FINs or the draw: what was promised stays as it is.
 */
/** Held while the tables are made or migrated, so that of several servers one does it: an advisory lock's two keys. */
export const MIGRATION_LOCK = '1280267348, 1';

/**
 * `outcomes` and `numbers` of a writer are the answers to its last group, for a writer that has lost its connection
 * before it had them.
 *
 * Texts of up to about 8 kB stay in their row, and none is compressed: both were measured faster, compressing with
 * pglz three to five times.
 */
const TABLES = `
CREATE TABLE ledger_version (
  version integer NOT NULL
);
CREATE TABLE lottery (
  only_row boolean PRIMARY KEY CHECK (only_row),
  agencies integer NOT NULL,
  winner_number integer NOT NULL,
  agencies_finished integer NOT NULL DEFAULT 0,
  sale_closed boolean NOT NULL DEFAULT false
);
CREATE TABLE writers (
  run_id uuid PRIMARY KEY,
  connection integer NOT NULL,
  group_number bigint NOT NULL,
  outcomes integer[] NOT NULL,
  numbers bigint[] NOT NULL
);
CREATE SEQUENCE audit_sequence;
CREATE TABLE audit (
  sequence bigint PRIMARY KEY,
  lines text NOT NULL
);
CREATE TABLE batches (
  agency integer NOT NULL,
  batch_id integer NOT NULL,
  sequence bigint NOT NULL,
  position integer NOT NULL,
  bets integer NOT NULL,
  last_bet_id bigint NOT NULL,
  digest bytea NOT NULL,
  text bytea NOT NULL,
  PRIMARY KEY (agency, batch_id)
) WITH (toast_tuple_target = 8160);
ALTER TABLE batches ALTER text SET STORAGE EXTERNAL;
CREATE TABLE standings (
  agency integer PRIMARY KEY,
  batches bigint NOT NULL,
  bets bigint NOT NULL,
  last_batch_id integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE finished_agencies (
  agency integer PRIMARY KEY,
  ordinal integer NOT NULL UNIQUE,
  finished_at_ms bigint NOT NULL
);
CREATE TABLE draws (
  only_row boolean PRIMARY KEY CHECK (only_row),
  bets bigint NOT NULL,
  missing_agencies integer[] NOT NULL,
  is_called_off boolean NOT NULL,
  drawn_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE winners (
  agency integer PRIMARY KEY,
  documents text NOT NULL
);
CREATE VIEW bets (agency, bet_id, first_name, last_name, document, birthdate, number) AS
SELECT
  split_part(bet, ',', 1)::integer,
  split_part(bet, ',', 2)::bigint,
  split_part(bet, ',', 3),
  split_part(bet, ',', 4),
  split_part(bet, ',', 5),
  split_part(bet, ',', 6),
  split_part(bet, ',', 7)::integer
FROM batches CROSS JOIN LATERAL unnest(string_to_array(convert_from(text, 'UTF8'), ';')) AS bet;
`;

/**
 * `asks`: the connections that have asked where an agency stands and that no later one has taken it over from. They
 * are named by the run of their server and a number there; `place` is their order over all servers, `has_sent` whether
 * a batch has come behind. Such a one has no earlier one beside it.
 *
 * `sequence` of an agency that has finished is that of its commit group, for whoever holds the audit log against it.
 */
const ASKS = `
CREATE SEQUENCE ask_sequence;
CREATE TABLE asks (
  agency integer NOT NULL,
  place bigint NOT NULL,
  run_id uuid NOT NULL,
  number bigint NOT NULL,
  has_sent boolean NOT NULL DEFAULT false,
  PRIMARY KEY (agency, place),
  UNIQUE (run_id, agency, number)
);
ALTER TABLE finished_agencies ADD sequence bigint;
UPDATE finished_agencies SET sequence = (
  SELECT min(sequence) FROM audit
  WHERE E'\\n' || lines LIKE E'%\\nPUT,/agencies/' || agency || '/finish,200,%'
);
ALTER TABLE finished_agencies ALTER sequence SET NOT NULL;
`;

/** What makes each version of the tables from the one before it; the first from nothing. */
export const MIGRATIONS: readonly string[] = [TABLES, ASKS];

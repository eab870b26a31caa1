-- Makes, from an empty database: the tables of a lottery and the view of its bets.
--
-- The rules of this directory: migrations run in the order of their numbers, each once, in one transaction with all
-- others that are due. Once released, a migration is never edited; a change is a new file. No migration changes a row of
-- bets, FINs or the draw: what was promised stays as it is. A release that changes a function in ../functions comes with
-- a new migration too, even an empty one, so that older servers refuse to open the database instead of putting their
-- own functions back.

-- Which migrations the database has seen: one row.
CREATE TABLE ledger_version (
  version integer NOT NULL
);

-- The lottery's terms and how far it is: one row.
CREATE TABLE lottery (
  only_row boolean PRIMARY KEY CHECK (only_row),
  agencies integer NOT NULL,
  winner_number integer NOT NULL,
  agencies_finished integer NOT NULL DEFAULT 0,
  sale_closed boolean NOT NULL DEFAULT false
);

-- One row for each run of a server: the connection that may commit for it, its last group, and the answers to that
-- group, for a server that loses its connection before it has them.
CREATE TABLE writers (
  run_id uuid PRIMARY KEY,
  connection integer NOT NULL,
  group_number bigint NOT NULL,
  outcomes integer[] NOT NULL,
  numbers bigint[] NOT NULL
);

-- The audit log: the lines of each commit group, under the group's number from the sequence.
CREATE SEQUENCE audit_sequence;
CREATE TABLE audit (
  sequence bigint PRIMARY KEY,
  lines text NOT NULL
);

-- A batch is one row. Its bets are the text that came, kept as bytes: they are compared byte for byte, whatever the
-- database's encoding and collation are. `position` counts from 1 within the commit group `sequence`. Texts of up to
-- about 8 kB stay in their row, and none is compressed: both were measured to be faster, no compression by a factor of
-- three to five against pglz.
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

-- Sums of each agency's batches. All of its batches up to `last_batch_id` are stored, perhaps more.
CREATE TABLE standings (
  agency integer PRIMARY KEY,
  batches bigint NOT NULL,
  bets bigint NOT NULL,
  last_batch_id integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The agencies whose FIN is stored, in the order of `ordinal`.
CREATE TABLE finished_agencies (
  agency integer PRIMARY KEY,
  ordinal integer NOT NULL UNIQUE,
  finished_at_ms bigint NOT NULL
);

-- The draw, once its result is stored: one row, and a row for each agency that has winners.
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

-- One row for each bet, for anyone who asks in SQL.
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

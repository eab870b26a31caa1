-- Makes, from the tables of 0006: the notes of the agencies and of the lottery.

-- A note is one row, which is replaced or deleted when the note is. `owner` is an agency, or 0 for the lottery. Names are
-- ordered by their bytes, whatever the database's collation is. `flags` is an unsigned number of 32 bits. `sequence` is
-- the commit group that has written the note last, and `position` counts from 1 within it: no other value of this name
-- has, or will have, both. Values are stored like the texts of batches.
CREATE TABLE notes (
  owner integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  flags bigint NOT NULL,
  value bytea NOT NULL,
  sequence bigint NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (owner, name)
) WITH (toast_tuple_target = 8160, fillfactor = 50);
ALTER TABLE notes ALTER value SET STORAGE EXTERNAL;

-- How many notes each owner has, and the bytes of their names and values together: they are bounded, and a write need
-- not read them all.
CREATE TABLE note_sums (
  owner integer PRIMARY KEY,
  notes integer NOT NULL,
  bytes bigint NOT NULL
) WITH (fillfactor = 50);

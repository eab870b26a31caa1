-- Makes, from the tables of 0007: the values that the servers of one lottery share (server/ledger/shared_values.ts).

-- Each is replaced whole, by whoever knows what it was. They are no part of the lottery: no draw and no audit reads them.
CREATE TABLE shared_values (
  name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z0-9-]{1,64}$'),
  value bytea NOT NULL CHECK (octet_length(value) <= 65536)
) WITH (fillfactor = 50);
ALTER TABLE shared_values ALTER value SET STORAGE EXTERNAL;

-- Makes, from the tables of 0001: the table of ASKs, and the commit group of each FIN.

-- The connections that have asked where an agency stands and have not been taken over by a later one (PROTOCOL.md, R22).
-- Each is named by the run of its server and a number there. `place` is the order of the ASKs over all servers.
-- `has_sent` is set once a batch has followed the ASK: at most one row of an agency has it, the one with the lowest place.
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

-- The commit group of each FIN, by which the audit log is checked. For the FINs that are stored already, it is in the log.
ALTER TABLE finished_agencies ADD sequence bigint;
UPDATE finished_agencies SET sequence = (
  SELECT min(sequence) FROM audit
  WHERE E'\n' || lines LIKE E'%\nPUT,/agencies/' || agency || '/finish,200,%'
);
ALTER TABLE finished_agencies ALTER sequence SET NOT NULL;

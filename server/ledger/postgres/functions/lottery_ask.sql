-- Gives an ASK its place among those of its agency (PROTOCOL.md, R22), and forgets the agency's oldest ASKs when too many
-- are known: without a bound, asking would fill the table. The ASK from which a batch has come is never forgotten, since
-- asking takes nothing over. An agency has at most one such row (lottery_allowed), so the table stays bounded.
--
-- In: the run of the server, the agency, and the number of the ASK in that run.
-- Locks: none of its own. The caller holds the agency's lock.
-- Raises: unique_violation when the run has given this number to another ASK for the agency.
CREATE FUNCTION lottery_ask(p_run uuid, p_agency integer, p_ask bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asks (agency, place, run_id, number)
  VALUES (p_agency, nextval('ask_sequence'), p_run, p_ask);
  DELETE FROM asks WHERE agency = p_agency AND NOT has_sent AND place < (
    SELECT place FROM asks WHERE agency = p_agency ORDER BY place DESC OFFSET ${MAX_KNOWN_ASKS} - 1 LIMIT 1
  );
END
$$;

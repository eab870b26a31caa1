-- Says which batches of a commit group may be stored (PROTOCOL.md, R22): those that follow no ASK, and those whose ASK is
-- known and has not been overtaken by a later ASK from which a batch has come.
--
-- The first batch that follows an ASK removes the agency's earlier ASKs and marks its own. Most groups hold only batches
-- of marked ASKs, one ASK for each agency: for these the first statement is all.
--
-- In: the run of the server; for each batch its agency and the number of its ASK in that run, 0 for none. The batches are
--   consecutive in their group.
-- Out: for each batch whether it may be stored; NULL when all may be.
-- Locks: none of its own. The caller holds the locks of the agencies.
-- Raises: nothing.
CREATE FUNCTION lottery_allowed(
  p_run uuid, p_agencies integer[], p_asks bigint[]
) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
  is_settled boolean;
  allowed boolean[];
BEGIN
  SELECT count(DISTINCT s.agency) = count(*) AND coalesce(bool_and(coalesce(a.has_sent, false)), true)
  INTO is_settled
  FROM (
    SELECT DISTINCT o.agency, o.ask FROM unnest(p_agencies, p_asks) AS o (agency, ask) WHERE o.ask > 0
  ) AS s LEFT JOIN asks AS a ON a.run_id = p_run AND a.agency = s.agency AND a.number = s.ask;
  IF is_settled THEN
    RETURN NULL;
  END IF;
  WITH sent AS MATERIALIZED (
    SELECT o.position, o.agency, o.ask, a.place,
      max(a.place) OVER (PARTITION BY o.agency ORDER BY o.position) AS latest
    FROM unnest(p_agencies, p_asks) WITH ORDINALITY AS o (agency, ask, position)
      LEFT JOIN asks AS a ON a.run_id = p_run AND a.agency = o.agency AND a.number = o.ask
  ), senders AS MATERIALIZED (
    SELECT agency, max(place) AS place FROM sent WHERE place IS NOT NULL GROUP BY agency
  ), removed AS (
    DELETE FROM asks AS a USING senders AS s WHERE a.agency = s.agency AND a.place < s.place
  ), marked AS (
    UPDATE asks AS a SET has_sent = true FROM senders AS s
    WHERE a.agency = s.agency AND a.place = s.place AND NOT a.has_sent
  )
  SELECT array_agg(ask = 0 OR coalesce(place = latest, false) ORDER BY position) INTO allowed FROM sent;
  RETURN allowed;
END
$$;

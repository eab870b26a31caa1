-- Records that agencies have finished, with the time by the database's clock: servers' clocks may differ. Their FINs are
-- consecutive in a commit group. An agency that has finished before keeps its row.
--
-- In: the group's number in the audit log, and the agencies.
-- Out: for each agency how many have finished then, itself included, and when the first of all did, in milliseconds since
--   1970; one agency's after the other's.
-- Locks: none of its own. The caller holds the lottery's lock.
-- Raises: nothing of its own. Notifies ${NEWS_CHANNEL} when an agency is new among them.
CREATE FUNCTION lottery_finish(p_sequence bigint, p_agencies integer[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  before integer := (SELECT agencies_finished FROM lottery);
  counts bigint[];
  finished integer;
  first_at_ms bigint;
BEGIN
  WITH asked AS MATERIALIZED (
    SELECT o.agency, o.position,
      f.agency IS NULL AND row_number() OVER (PARTITION BY o.agency ORDER BY o.position) = 1 AS is_new
    FROM unnest(p_agencies) WITH ORDINALITY AS o (agency, position)
      LEFT JOIN finished_agencies AS f ON f.agency = o.agency
  ), counted AS MATERIALIZED (
    SELECT agency, position, is_new, before + count(*) FILTER (WHERE is_new) OVER (ORDER BY position) AS finished
    FROM asked
  ), added AS (
    INSERT INTO finished_agencies (agency, ordinal, finished_at_ms, sequence)
    SELECT agency, c.finished, lottery_now_ms(), p_sequence
    FROM counted AS c WHERE is_new
  )
  SELECT array_agg(c.finished ORDER BY position), max(c.finished) INTO counts, finished FROM counted AS c;
  IF finished > before THEN
    UPDATE lottery SET agencies_finished = finished;
    PERFORM pg_notify('${NEWS_CHANNEL}', '');
  END IF;
  SELECT finished_at_ms INTO first_at_ms FROM finished_agencies WHERE ordinal = 1;
  IF before = 0 THEN
    UPDATE lottery SET due_at_ms = first_at_ms + deadline_after_ms WHERE deadline_after_ms IS NOT NULL;
  END IF;
  RETURN (
    SELECT array_agg(pair.number ORDER BY c.position, pair.part)
    FROM unnest(counts) WITH ORDINALITY AS c (count, position)
      CROSS JOIN LATERAL (VALUES (1, c.count), (2, first_at_ms)) AS pair (part, number)
  );
END
$$;

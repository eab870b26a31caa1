-- Says where consecutive agencies stand, at one moment, and which number in the audit log that moment has.
--
-- The agencies' locks are held only while the number is taken and the one statement reads: a group that concerns one of
-- them has ended by then, or gets a higher number and is not seen. They are locks of the session, given back at once and
-- not at the commit, whose sync nobody else waits for. FINs are kept away until the commit by the lottery's lock.
--
-- How far batches are complete is kept where it was far to find, so that the next call need not look again.
--
-- In: the agency before the first, and how many there are.
-- Out: number: in the audit log. answer: for each agency what lottery_standing answers, one agency's after the other's.
-- Locks: those of the agencies, shared, in ascending order, until it returns. The caller holds the lottery's lock, shared,
--   and no agency's.
-- Raises: lock_not_available and query_canceled by the session's timeouts; the locks are given back then too.
CREATE FUNCTION lottery_list(p_after integer, p_limit integer, OUT number bigint, OUT answer bigint[])
LANGUAGE plpgsql AS $$
DECLARE
  agency_locks integer[] := ARRAY(
    SELECT DISTINCT agency % ${AGENCY_LOCKS} AS agency_lock
    FROM generate_series(p_after + 1, p_after + p_limit) AS agency ORDER BY agency_lock
  );
  held integer := 0;
BEGIN
  BEGIN
    WHILE held < cardinality(agency_locks) LOOP
      PERFORM pg_advisory_lock_shared(${AGENCY_LOCK_CLASS}, agency_locks[held + 1]);
      held := held + 1;
    END LOOP;
    number := nextval('audit_sequence');
    WITH summed AS MATERIALIZED (
      SELECT a.agency, coalesce(s.batches, 0) AS batches, coalesce(s.bets, 0) AS bets, s.last_batch_id AS known,
        f.agency IS NOT NULL AS has_finished,
        CASE
          WHEN s.agency IS NULL THEN 0
          WHEN (SELECT max(b.batch_id) FROM batches AS b WHERE b.agency = a.agency) = s.batches THEN s.batches
          ELSE (
            SELECT s.last_batch_id + next.place - 1
            FROM (
              SELECT b.batch_id, row_number() OVER (ORDER BY b.batch_id) AS place
              FROM batches AS b WHERE b.agency = a.agency AND b.batch_id > s.last_batch_id
            ) AS next
            WHERE next.batch_id > s.last_batch_id + next.place ORDER BY next.batch_id LIMIT 1
          )
        END AS reached
      FROM generate_series(p_after + 1, p_after + p_limit) AS a (agency)
        LEFT JOIN standings AS s ON s.agency = a.agency
        LEFT JOIN finished_agencies AS f ON f.agency = a.agency
    ), kept AS (
      UPDATE standings AS s SET last_batch_id = l.reached FROM summed AS l
      WHERE s.agency = l.agency AND l.reached < l.batches AND l.reached > l.known + 256
    )
    SELECT array_agg(part.number ORDER BY l.agency, part.place) INTO answer
    FROM summed AS l
      CROSS JOIN LATERAL (VALUES
        (1, l.reached),
        (2, coalesce((
          SELECT b.last_bet_id FROM batches AS b WHERE b.agency = l.agency AND b.batch_id = l.reached
        ), 0)),
        (3, l.batches),
        (4, l.bets),
        (5, l.has_finished::integer)
      ) AS part (place, number);
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    FOR place IN 1 .. held LOOP
      PERFORM pg_advisory_unlock_shared(${AGENCY_LOCK_CLASS}, agency_locks[place]);
    END LOOP;
    RAISE;
  END;
  FOR place IN 1 .. held LOOP
    PERFORM pg_advisory_unlock_shared(${AGENCY_LOCK_CLASS}, agency_locks[place]);
  END LOOP;
END
$$;

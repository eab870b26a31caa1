-- Closes the sale if it is time, and stores with it who is missing and what follows.
--
-- While agencies are missing, a ledger that has a deadline stays open until the database's clock has passed it, whatever
-- a server's clock says; and a deadline that passed longer ago than p_max_overdue_ms is not acted on.
--
-- In: what follows when agencies are missing: 'draw', 'call-off', or NULL to leave the sale open then;
--   p_max_overdue_ms: NULL for no limit.
-- Out: outcome: 0 closed now, 1 closed before, 2 not due. answer: the terms as 1 or 0 for called off, how many agencies
--   are missing, and which; when not due, how many milliseconds are left, NULL where that is not known.
-- Locks: none of its own. The caller holds the lottery's lock.
-- Raises: nothing of its own. Notifies ${NEWS_CHANNEL} when the sale is closed.
CREATE FUNCTION lottery_close_sale(
  p_when_missing text, p_max_overdue_ms bigint, OUT outcome integer, OUT answer bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  l lottery;
  missing integer[];
  left_ms bigint;
BEGIN
  SELECT * INTO l FROM lottery;
  outcome := 1;
  IF NOT l.sale_closed THEN
    missing := ARRAY(
      SELECT a FROM generate_series(1, l.agencies) AS a
      WHERE NOT EXISTS (SELECT FROM finished_agencies AS f WHERE f.agency = a) ORDER BY a
    );
    IF cardinality(missing) > 0 THEN
      left_ms := CASE
        WHEN p_when_missing IS NULL THEN NULL
        WHEN l.deadline_action IS NULL THEN 0
        ELSE l.due_at_ms - lottery_now_ms()
      END;
      IF left_ms IS NULL OR left_ms > 0 OR left_ms < -p_max_overdue_ms THEN
        outcome := 2;
        answer := ARRAY[left_ms];
        RETURN;
      END IF;
    END IF;
    UPDATE lottery
    SET sale_closed = true, missing_agencies = missing,
      is_called_off = cardinality(missing) > 0 AND p_when_missing = 'call-off'
    RETURNING * INTO l;
    PERFORM pg_notify('${NEWS_CHANNEL}', '');
    outcome := 0;
  END IF;
  answer := ARRAY[l.is_called_off::integer::bigint, cardinality(l.missing_agencies)::bigint]
    || l.missing_agencies::bigint[];
END
$$;

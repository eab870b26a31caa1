-- Says where an agency stands. Where an earlier batch is missing, it keeps how far the batches are complete, so that the
-- next call need not look again.
--
-- In: the agency.
-- Out: the last batch id up to which all are stored, the last bet id in that batch, how many batches and bets are stored,
--   and 1 if the agency has finished, else 0.
-- Locks: none of its own. The caller holds the agency's lock, or the lottery's.
-- Raises: nothing of its own.
CREATE FUNCTION lottery_standing(p_agency integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  s standings;
  reached bigint;
BEGIN
  SELECT * INTO s FROM standings WHERE agency = p_agency;
  IF NOT FOUND THEN
    RETURN ARRAY[0, 0, 0, 0, (SELECT count(*) FROM finished_agencies WHERE agency = p_agency)];
  END IF;
  IF (SELECT max(batch_id) FROM batches WHERE agency = p_agency) = s.batches THEN
    reached := s.batches;
  ELSE
    SELECT s.last_batch_id + next.place - 1 INTO reached
    FROM (
      SELECT batch_id, row_number() OVER (ORDER BY batch_id) AS place
      FROM batches WHERE agency = p_agency AND batch_id > s.last_batch_id
    ) AS next
    WHERE next.batch_id > s.last_batch_id + next.place ORDER BY next.batch_id LIMIT 1;
    IF reached > s.last_batch_id THEN
      UPDATE standings SET last_batch_id = reached WHERE agency = p_agency;
    END IF;
  END IF;
  RETURN ARRAY[
    reached,
    coalesce((SELECT last_bet_id FROM batches WHERE agency = p_agency AND batch_id = reached), 0),
    s.batches,
    s.bets,
    (SELECT count(*) FROM finished_agencies WHERE agency = p_agency)
  ];
END
$$;

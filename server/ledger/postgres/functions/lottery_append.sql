-- Stores consecutive batches of a commit group.
--
-- In: the run of the server; the group's number in the audit log; how many operations precede these in the group; for
--   each batch its agency, id, number of bets, last bet id, ASK (0 for none), digest and check value; p_texts holds all texts, one
--   after the other, and the starts (from 1) and lengths say where each one is.
--   p_max_overdue_ms: a deadline that passed longer ago is not acted on; NULL for no limit.
-- Out: outcomes: for each batch 0 stored, 1 already stored, 2 conflict, 3 closed, 4 its agency has been taken over, 5 it
--   is late: the deadline has passed, and the sale is not closed yet. places: for each batch that was stored already its
--   number in the audit log and its position there, one batch's after the other's; NULL for none.
-- Locks: none of its own. The caller holds the locks of the agencies.
-- Raises: nothing of its own.
CREATE FUNCTION lottery_append(
  p_run uuid, p_sequence bigint, p_before integer, p_agencies integer[], p_batch_ids integer[], p_bets integer[],
  p_last_bet_ids bigint[], p_asks bigint[], p_starts integer[], p_lengths integer[], p_digests bytea[], p_checks bigint[],
  p_texts bytea,
  p_max_overdue_ms bigint,
  OUT outcomes integer[], OUT places bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  stored bigint := 0;
  allowed boolean[] := lottery_allowed(p_run, p_agencies, p_asks);
  is_closed boolean;
  is_late boolean;
BEGIN
  SELECT sale_closed, due_at_ms IS NOT NULL AND lottery_now_ms() - due_at_ms BETWEEN 0 AND
    coalesce(p_max_overdue_ms, 9223372036854775807)
  INTO is_closed, is_late FROM lottery;
  IF NOT is_closed AND NOT is_late THEN
    WITH added AS (
      INSERT INTO batches (agency, batch_id, sequence, position, bets, last_bet_id, digest, payload_check, text)
      SELECT o.agency, o.batch_id, p_sequence, p_before + o.position, o.bets, o.last_bet_id, o.digest,
        o.payload_check, substring(p_texts FROM o.start FOR o.length)
      FROM unnest(p_agencies, p_batch_ids, p_bets, p_last_bet_ids, p_starts, p_lengths, p_digests,
          p_checks)
        WITH ORDINALITY AS o (agency, batch_id, bets, last_bet_id, start, length, digest, payload_check, position)
      WHERE NOT EXISTS (SELECT FROM finished_agencies AS f WHERE f.agency = o.agency)
        AND (allowed IS NULL OR allowed[o.position])
      -- Of copies within a group the first one is stored.
      ORDER BY o.position
      ON CONFLICT DO NOTHING
      RETURNING batches.agency, batches.bets
    ), counted AS (
      INSERT INTO standings AS s (agency, batches, bets)
      SELECT a.agency, count(*), sum(a.bets) FROM added AS a GROUP BY a.agency ORDER BY a.agency
      ON CONFLICT (agency) DO UPDATE SET batches = s.batches + excluded.batches, bets = s.bets + excluded.bets
    )
    SELECT count(*) INTO stored FROM added;
  END IF;
  IF stored = cardinality(p_agencies) THEN
    outcomes := array_fill(0, ARRAY[stored::integer]);
    RETURN;
  END IF;
  WITH answered AS MATERIALIZED (
    SELECT o.position, b.sequence, b.position AS stored_position,
      CASE
        WHEN NOT allowed[o.position] THEN 4
        WHEN b.agency IS NULL THEN CASE
          WHEN is_closed OR f.agency IS NOT NULL THEN 3
          ELSE 5
        END
        WHEN b.sequence = p_sequence AND b.position = p_before + o.position THEN 0
        -- The digest (SHA-256) covers the text, which is not read for this: it may be long, and what asks short.
        WHEN b.digest = o.digest THEN 1
        ELSE 2
      END AS outcome
    FROM unnest(p_agencies, p_batch_ids, p_digests)
      WITH ORDINALITY AS o (agency, batch_id, digest, position)
      LEFT JOIN batches AS b ON b.agency = o.agency AND b.batch_id = o.batch_id
      LEFT JOIN finished_agencies AS f ON f.agency = o.agency
  )
  SELECT
    array_agg(a.outcome ORDER BY a.position),
    (
      SELECT array_agg(place.number ORDER BY k.position, place.part)
      FROM answered AS k
        CROSS JOIN LATERAL (VALUES (1, k.sequence), (2, k.stored_position::bigint)) AS place (part, number)
      WHERE k.outcome = 1
    )
  INTO outcomes, places FROM answered AS a;
END
$$;

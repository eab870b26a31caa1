-- Finds the check values of consecutive batches of an agency, those of p_after + 1 to p_after + p_limit, up to one that is
-- not stored.
--
-- In: the agency, the batch before the first, and how many at most.
-- Out: numbers: how many batches, then for each its last bet id, the bytes of its text, and its check value, -1 for one
--   that has none; texts: the texts of those that have none. With more than 1 MiB of these, the batches end early.
-- Locks: none.
-- Raises: nothing.
CREATE FUNCTION lottery_batch_checks(
  p_agency integer, p_after integer, p_limit integer, OUT numbers bigint[], OUT texts bytea[]
) LANGUAGE sql VOLATILE AS $$
  WITH page AS MATERIALIZED (
    SELECT batch_id, last_bet_id, octet_length(text) AS bytes, payload_check,
      CASE WHEN payload_check IS NULL THEN text END AS text
    FROM batches WHERE agency = p_agency AND batch_id > p_after ORDER BY batch_id LIMIT p_limit
  ), fitting AS MATERIALIZED (
    SELECT * FROM (
      SELECT *, row_number() OVER (ORDER BY batch_id) AS place,
        coalesce(sum(octet_length(text)) OVER (
          ORDER BY batch_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS bytes_before
      FROM page
    ) AS counted
    WHERE batch_id = p_after + place AND bytes_before < 1048576
  )
  SELECT
    count(*) || coalesce((
      SELECT array_agg(part.number ORDER BY f.batch_id, part.place)
      FROM fitting AS f CROSS JOIN LATERAL (
        VALUES (1, f.last_bet_id), (2, f.bytes::bigint), (3, coalesce(f.payload_check, -1))
      ) AS part (place, number)
    ), '{}'),
    coalesce(array_agg(text ORDER BY batch_id) FILTER (WHERE text IS NOT NULL), '{}')
  FROM fitting
$$;

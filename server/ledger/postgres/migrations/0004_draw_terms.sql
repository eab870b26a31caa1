-- Makes, from the tables of 0003: the terms of the draw, stored with the close of the sale; the number of the draw; and
-- the deadline on which all servers agree.

-- missing_agencies, is_called_off: NULL while the sale is open.
-- deadline_action: 'draw' or 'call-off'; NULL without a deadline. It is at deadline_at_ms, or deadline_after_ms after the
-- first agency has finished; due_at_ms is when that is, NULL while it is not known. Times are milliseconds since 1970.
ALTER TABLE lottery
  ADD missing_agencies integer[],
  ADD is_called_off boolean,
  ADD deadline_action text,
  ADD deadline_at_ms bigint,
  ADD deadline_after_ms bigint,
  ADD due_at_ms bigint;

-- NULL for a draw that was called off.
ALTER TABLE draws ADD winner_number integer;
UPDATE draws SET winner_number = (SELECT winner_number FROM lottery) WHERE NOT is_called_off;

UPDATE lottery AS l SET sale_closed = true, missing_agencies = d.missing_agencies, is_called_off = d.is_called_off
FROM draws AS d;
UPDATE lottery SET missing_agencies = '{}', is_called_off = false
WHERE sale_closed AND missing_agencies IS NULL AND agencies_finished >= agencies;

DO $$
BEGIN
  IF EXISTS (SELECT FROM lottery WHERE sale_closed AND missing_agencies IS NULL) THEN
    RAISE EXCEPTION 'its sale was closed at a deadline and its draw not stored, and how it was to be held is not known: hold it with the version that closed the sale';
  END IF;
END
$$;

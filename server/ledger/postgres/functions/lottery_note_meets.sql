-- Says whether a note is as a condition wants it.
--
-- In: where the note was written last, NULL where there is none; the condition: 0 none, 1 that there is no note, 2 that
--   there is one, 3 that there is one and it was written last where the last two say.
-- Out: whether it is.
-- Locks: none.
-- Raises: nothing.
CREATE FUNCTION lottery_note_meets(
  p_sequence bigint, p_position integer, p_condition integer, p_if_sequence bigint, p_if_position integer
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_condition
    WHEN 0 THEN true
    WHEN 1 THEN p_sequence IS NULL
    WHEN 2 THEN p_sequence IS NOT NULL
    ELSE coalesce(p_sequence = p_if_sequence AND p_position = p_if_position, false)
  END
$$;

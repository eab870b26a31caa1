-- Writes notes of an owner, all or none.
--
-- In: the group's number in the audit log, and the notes' position in the group; the owner; for each note its name, which
--   differs from the others', and its flags; p_texts holds their values, and the starts (from 1) and lengths say where
--   each one is; the condition, asked of each note, as in lottery_note_meets.
-- Out: for each note 0 stored, 1 stored in place of one of its name, 2 the condition is not met, 3 the owner would have
--   too many notes, or too long ones.
-- Locks: none of its own. The caller holds the owner's lock, or the lottery's.
-- Raises: nothing of its own.
CREATE FUNCTION lottery_note_put(
  p_sequence bigint, p_position integer, p_owner integer, p_names text[], p_flags bigint[],
  p_starts integer[], p_lengths integer[], p_texts bytea,
  p_condition integer, p_if_sequence bigint, p_if_position integer
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  found_outcomes integer[];
  is_met boolean;
  more_notes bigint;
  more_bytes bigint;
  sums note_sums;
BEGIN
  SELECT array_agg((n.owner IS NOT NULL)::integer ORDER BY o.place),
    bool_and(lottery_note_meets(n.sequence, n.position, p_condition, p_if_sequence, p_if_position)),
    count(*) - count(n.owner),
    sum(o.length - coalesce(octet_length(n.value), 0)
      + CASE WHEN n.owner IS NULL THEN octet_length(o.name) ELSE 0 END)
  INTO found_outcomes, is_met, more_notes, more_bytes
  FROM unnest(p_names, p_lengths) WITH ORDINALITY AS o (name, length, place)
    LEFT JOIN notes AS n ON n.owner = p_owner AND n.name = o.name;
  IF NOT is_met THEN
    RETURN array_fill(2, ARRAY[cardinality(p_names)]);
  END IF;
  -- Counting seldom changes the sums. What is added to them must fit; what was there does.
  IF more_notes <> 0 OR more_bytes <> 0 THEN
    SELECT * INTO sums FROM note_sums WHERE owner = p_owner;
    IF coalesce(sums.notes, 0) + more_notes > ${MAX_NOTES} OR coalesce(sums.bytes, 0) + more_bytes > ${MAX_NOTES_BYTES} THEN
      RETURN array_fill(3, ARRAY[cardinality(p_names)]);
    END IF;
    INSERT INTO note_sums AS s (owner, notes, bytes) VALUES (p_owner, more_notes, more_bytes)
    ON CONFLICT (owner) DO UPDATE SET notes = s.notes + excluded.notes, bytes = s.bytes + excluded.bytes;
  END IF;
  INSERT INTO notes AS n (owner, name, flags, value, sequence, position)
  SELECT p_owner, o.name, o.flags, substring(p_texts FROM o.start FOR o.length), p_sequence, p_position
  FROM unnest(p_names, p_flags, p_starts, p_lengths) AS o (name, flags, start, length)
  ON CONFLICT (owner, name) DO UPDATE
  SET flags = excluded.flags, value = excluded.value, sequence = excluded.sequence, position = excluded.position;
  RETURN found_outcomes;
END
$$;

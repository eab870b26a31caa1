-- Removes a note.
--
-- In: the owner and the name; the condition as in lottery_note_meets.
-- Out: 0 removed, 1 there is none, 2 the condition is not met.
-- Locks: none of its own. The caller holds the owner's lock, or the lottery's.
-- Raises: nothing of its own.
CREATE FUNCTION lottery_note_delete(
  p_owner integer, p_name text, p_condition integer, p_if_sequence bigint, p_if_position integer
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_sequence bigint;
  found_position integer;
  found_bytes integer;
BEGIN
  SELECT sequence, position, octet_length(name) + octet_length(value)
  INTO found_sequence, found_position, found_bytes FROM notes WHERE owner = p_owner AND name = p_name;
  IF NOT lottery_note_meets(found_sequence, found_position, p_condition, p_if_sequence, p_if_position) THEN
    RETURN 2;
  END IF;
  IF found_sequence IS NULL THEN
    RETURN 1;
  END IF;
  DELETE FROM notes WHERE owner = p_owner AND name = p_name;
  UPDATE note_sums SET notes = notes - 1, bytes = bytes - found_bytes WHERE owner = p_owner;
  RETURN 0;
END
$$;

-- Adds to the number that a note is: 1 to 20 decimal digits, at most that of 64 bits. Nothing is below 0.
--
-- In: the group's number in the audit log, and the note's position in the group; the owner and the name; what to add,
--   in decimal digits; whether a note is made, from 0, where there is none.
-- Out: outcome: 0 stored, a new note; 1 stored; 2 there is none; 3 it is no number, or would be too large for one; 4 the
--   owner would have too many notes, or too long ones. halves: when it is stored, what the note is now, its upper 32 bits
--   and its lower ones; otherwise NULL.
-- Locks: none of its own. The caller holds the owner's lock, or the lottery's.
-- Raises: nothing of its own.
CREATE FUNCTION lottery_note_count(
  p_sequence bigint, p_position integer, p_owner integer, p_name text, p_by text, p_may_create boolean,
  OUT outcome integer, OUT halves bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  digits text;
  kept_flags bigint := 0;
  counted numeric;
  value bytea;
BEGIN
  SELECT CASE WHEN octet_length(n.value) <= 20 THEN encode(n.value, 'escape') ELSE '' END, n.flags
  INTO digits, kept_flags FROM notes AS n WHERE n.owner = p_owner AND n.name = p_name;
  IF NOT FOUND THEN
    IF NOT p_may_create THEN
      outcome := 2;
      RETURN;
    END IF;
    digits := '0';
    kept_flags := 0;
  END IF;
  IF digits !~ '^[0-9]{1,20}$' THEN
    outcome := 3;
    RETURN;
  END IF;
  counted := greatest(digits::numeric + p_by::numeric, 0);
  IF digits::numeric > ${MAX_NOTE_NUMBER} OR counted > ${MAX_NOTE_NUMBER} THEN
    outcome := 3;
    RETURN;
  END IF;
  value := decode(counted::text, 'escape');
  outcome := (lottery_note_put(p_sequence, p_position, p_owner, ARRAY[p_name], ARRAY[kept_flags],
    ARRAY[1], ARRAY[octet_length(value)], value, 0, 0, 0))[1];
  IF outcome > 1 THEN
    outcome := 4;
    RETURN;
  END IF;
  halves := ARRAY[div(counted, 4294967296)::bigint, mod(counted, 4294967296)::bigint];
END
$$;

-- Lists the notes of an owner in the order of their names.
--
-- In: the owner; the name behind which the list begins, empty for the first; how many at most.
-- Out: for each note its name, the bytes of its value, and where it was written last (the number in the audit log and the
--   position there), separated by commas, and the notes by semicolons; empty for none.
-- Locks: none of its own. The caller holds the owner's lock, or the lottery's.
-- Raises: nothing.
CREATE FUNCTION lottery_note_list(p_owner integer, p_after text, p_limit integer) RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT decode(coalesce(
    string_agg(concat_ws(',', l.name, l.bytes, l.sequence, l.position), ';' ORDER BY l.name), ''
  ), 'escape')
  FROM (
    SELECT name, octet_length(value) AS bytes, sequence, position
    FROM notes WHERE owner = p_owner AND name > p_after ORDER BY name LIMIT p_limit
  ) AS l
$$;

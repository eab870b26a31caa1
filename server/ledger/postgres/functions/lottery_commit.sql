-- Carries out a commit group, one operation after the other, and writes its lines into the audit log. One call is one
-- transaction: the group is stored whole or not at all.
--
-- It knows no line of the audit log: each operation brings the lines that it may leave, one for each of its outcomes,
-- and the outcome picks one. All functions are VOLATILE, so that under READ COMMITTED each statement sees what was
-- committed before it, including by transactions that were waited for.
--
-- The locks are taken before the sequence number. Transactions that concern the same agency, or of which one concerns
-- all agencies, therefore get their numbers in the order in which they see each other, over all servers, and the audit
-- log in the order of its numbers is a linearization. What is asked of the draw depends only on what is written under
-- the exclusive lock.
--
-- The update of `writers` comes last. When this connection was replaced in the meantime, or the run was ended, it finds
-- no row, and nothing of the group is stored.
--
-- In: the run of the server, the number of its connection, and the number of the group in the run; then arrays with one
--   element for each operation, 0 or NULL where the operation has no use for it ('standings': the agency before the
--   first, and as batch id how many there are; 'batch-checks': the batch before the first, and as bets how many; 'close-sale': as batch id what follows when agencies
--   are missing, 1 draw, 2 call-off, 0 nothing); p_texts, p_starts and p_lengths as in
--   lottery_append; p_lines: the possible lines of an operation, one for each outcome, separated by line feeds, empty for
--   none; p_names: NULL when the group has nothing to do with notes; p_draw: the result of the group's 'record-draw', if
--   it has one.
--   Of notes: as agency the owner, and the name, which tells them from operations without an agency; 'put-notes' and
--   'delete-note': as batch id the condition, and as last bet id and bets the place that it names (lottery_note_meets);
--   'put-notes': as check value the flags, as text the value. Each further note of such an operation is an element
--   'more-notes' behind it. 'list-notes': the name before the first, and as bets how many; 'count-note': as text what to
--   add, in decimal digits, and as batch id 1 when a note may be made.
-- Out: outcomes: one for each operation (lottery_append; 'batch-text': 1 when found; 'draw-state': 0 awaited, 1 due,
--   2 drawn, 3 called off; 'close-sale': lottery_close_sale; 'record-draw': 1 when there was a draw; 'put-notes',
--   'more-notes', 'delete-note', 'count-note': as their functions say; 'get-note': 1 when found, 2 when it was not read,
--   since so much was read before; 'list-notes': 1 when it was not read; otherwise 0);
--   numbers: the number in the audit log, then what lottery_append, lottery_finish, lottery_standing,
--   lottery_batch_checks, lottery_close_sale and lottery_note_count have answered, of a note that was found the bytes of
--   its value, its flags and where it was written last, and of a list its bytes, one operation's after the other's;
--   texts: those that were found; unchecked_texts: those of lottery_batch_checks; note_values: the values and the lists
--   (lottery_note_list) that were read, one after the other, NULL for none.
-- Locks: the lottery's, exclusive where an operation changes what concerns all agencies, otherwise shared with a lock for
--   each agency and each owner of notes ('standings', which is alone in its group: as lottery_list says); until the end of the transaction.
--   Agencies share ${AGENCY_LOCKS} locks: a group takes few of the database's
--   places for locks, however many agencies are in it.
-- Raises: an exception when this connection may not commit for the run; lock_not_available and query_canceled by the
--   session's timeouts. Notifies ${NEWS_CHANNEL} when a draw is stored.
CREATE FUNCTION lottery_commit(
  p_run uuid, p_connection integer, p_group bigint,
  p_kinds text[], p_agencies integer[], p_batch_ids integer[], p_bets integer[], p_last_bet_ids bigint[],
  p_asks bigint[], p_starts integer[], p_lengths integer[], p_digests bytea[], p_checks bigint[],
  p_texts bytea, p_lines text[], p_names text[],
  p_draw jsonb, p_max_overdue_ms bigint,
  OUT outcomes integer[], OUT numbers bigint[], OUT texts bytea[], OUT unchecked_texts bytea[],
  OUT note_values bytea
) LANGUAGE plpgsql AS $$
DECLARE
  number_in_log bigint;
  log_lines text;
  agency_lock integer;
  place integer := 1;
  next integer;
  outcome integer;
  found_text bytea;
  more_texts bytea[];
  more_outcomes integer[];
  more_numbers bigint[];
  values_read bytea[] := '{}';
  bytes_read bigint := 0;
BEGIN
  outcomes := '{}';
  texts := '{}';
  unchecked_texts := '{}';
  IF p_kinds && ARRAY['finish', 'close-sale', 'record-draw'] THEN
    PERFORM pg_advisory_xact_lock(${LOTTERY_LOCK});
  ELSIF p_kinds = ARRAY['standings'] THEN
    PERFORM pg_advisory_xact_lock_shared(${LOTTERY_LOCK});
    SELECT l.number, l.answer INTO number_in_log, more_numbers
    FROM lottery_list(p_agencies[1], p_batch_ids[1]) AS l;
  ELSE
    PERFORM pg_advisory_xact_lock_shared(${LOTTERY_LOCK});
    FOR agency_lock IN
      SELECT DISTINCT o.agency % ${AGENCY_LOCKS} FROM unnest(p_agencies, p_names) AS o (agency, name)
      WHERE o.agency > 0 OR o.name IS NOT NULL ORDER BY 1
    LOOP
      PERFORM pg_advisory_xact_lock(${AGENCY_LOCK_CLASS}, agency_lock);
    END LOOP;
  END IF;
  number_in_log := coalesce(number_in_log, nextval('audit_sequence'));
  numbers := ARRAY[number_in_log];
  WHILE place <= cardinality(p_kinds) LOOP
    next := place + 1;
    outcome := 0;
    CASE p_kinds[place]
      WHEN 'place' THEN
        WHILE p_kinds[next] = 'place' LOOP
          next := next + 1;
        END LOOP;
        SELECT a.outcomes, a.places INTO more_outcomes, more_numbers FROM lottery_append(
          p_run, number_in_log, place - 1, p_agencies[place:next - 1], p_batch_ids[place:next - 1],
          p_bets[place:next - 1], p_last_bet_ids[place:next - 1], p_asks[place:next - 1],
          p_starts[place:next - 1], p_lengths[place:next - 1], p_digests[place:next - 1],
          p_checks[place:next - 1], p_texts, p_max_overdue_ms) AS a;
        outcomes := outcomes || more_outcomes;
        numbers := numbers || more_numbers;
        outcome := NULL;
      WHEN 'finish' THEN
        WHILE p_kinds[next] = 'finish' LOOP
          next := next + 1;
        END LOOP;
        numbers := numbers || lottery_finish(number_in_log, p_agencies[place:next - 1]);
        outcomes := outcomes || array_fill(0, ARRAY[next - place]);
        outcome := NULL;
      WHEN 'standing' THEN
        IF p_asks[place] > 0 THEN
          PERFORM lottery_ask(p_run, p_agencies[place], p_asks[place]);
        END IF;
        numbers := numbers || lottery_standing(p_agencies[place]);
      WHEN 'standings' THEN
        IF cardinality(p_kinds) > 1 THEN
          RAISE EXCEPTION 'sums of many agencies are read in a group of their own';
        END IF;
        numbers := numbers || more_numbers;
      WHEN 'batch-text' THEN
        SELECT text INTO found_text FROM batches
        WHERE agency = p_agencies[place] AND batch_id = p_batch_ids[place];
        IF FOUND THEN
          outcome := 1;
          texts := array_append(texts, found_text);
        END IF;
      WHEN 'batch-checks' THEN
        SELECT c.numbers, c.texts INTO more_numbers, more_texts
        FROM lottery_batch_checks(p_agencies[place], p_batch_ids[place], p_bets[place]) AS c;
        numbers := numbers || more_numbers;
        unchecked_texts := unchecked_texts || more_texts;
      WHEN 'draw-state' THEN
        SELECT coalesce(
          (SELECT CASE WHEN is_called_off THEN 3 ELSE 2 END FROM draws),
          CASE WHEN sale_closed OR agencies_finished >= agencies THEN 1 ELSE 0 END
        ) INTO outcome FROM lottery;
      WHEN 'close-sale' THEN
        SELECT c.outcome, c.answer INTO outcome, more_numbers
        FROM lottery_close_sale((ARRAY['draw', 'call-off'])[p_batch_ids[place]], p_max_overdue_ms) AS c;
        numbers := numbers || more_numbers;
      WHEN 'record-draw' THEN
        INSERT INTO draws (only_row, bets, winner_number, missing_agencies, is_called_off)
        SELECT true, d.bets, d.winner_number, d.missing_agencies, d.is_called_off
        FROM jsonb_to_record(p_draw)
          AS d (bets bigint, winner_number integer, missing_agencies integer[], is_called_off boolean)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
          INSERT INTO winners (agency, documents)
          SELECT key::integer, value FROM jsonb_each_text(p_draw -> 'winners');
          PERFORM pg_notify('${NEWS_CHANNEL}', '');
        ELSE
          outcome := 1;
        END IF;
      WHEN 'put-notes' THEN
        WHILE p_kinds[next] = 'more-notes' LOOP
          next := next + 1;
        END LOOP;
        outcomes := outcomes || lottery_note_put(
          number_in_log, place, p_agencies[place], p_names[place:next - 1], p_checks[place:next - 1],
          p_starts[place:next - 1], p_lengths[place:next - 1], p_texts,
          p_batch_ids[place], p_last_bet_ids[place], p_bets[place]);
        outcome := NULL;
      WHEN 'get-note' THEN
        IF bytes_read >= ${MAX_NOTE_BYTES_READ} THEN
          outcome := 2;
        ELSE
          SELECT n.value, ARRAY[octet_length(n.value), n.flags, n.sequence, n.position]
          INTO found_text, more_numbers FROM notes AS n
          WHERE n.owner = p_agencies[place] AND n.name = p_names[place];
          IF FOUND THEN
            outcome := 1;
            numbers := numbers || more_numbers;
            values_read := array_append(values_read, found_text);
            bytes_read := bytes_read + more_numbers[1];
          END IF;
        END IF;
      WHEN 'delete-note' THEN
        outcome := lottery_note_delete(
          p_agencies[place], p_names[place], p_batch_ids[place], p_last_bet_ids[place], p_bets[place]);
      WHEN 'list-notes' THEN
        IF bytes_read >= ${MAX_NOTE_BYTES_READ} THEN
          outcome := 1;
        ELSE
          found_text := lottery_note_list(p_agencies[place], p_names[place], p_bets[place]);
          numbers := array_append(numbers, octet_length(found_text)::bigint);
          values_read := array_append(values_read, found_text);
          bytes_read := bytes_read + octet_length(found_text);
        END IF;
      WHEN 'count-note' THEN
        SELECT c.outcome, c.halves INTO outcome, more_numbers FROM lottery_note_count(
          number_in_log, place, p_agencies[place], p_names[place],
          encode(substring(p_texts FROM p_starts[place] FOR p_lengths[place]), 'escape'),
          p_batch_ids[place] = 1) AS c;
        numbers := numbers || more_numbers;
      WHEN 'refused' THEN
        NULL;
    END CASE;
    IF outcome IS NOT NULL THEN
      outcomes := array_append(outcomes, outcome);
    END IF;
    place := next;
  END LOOP;
  IF cardinality(values_read) > 0 THEN
    SELECT string_agg(value, '' ORDER BY position) INTO note_values
    FROM unnest(values_read) WITH ORDINALITY AS o (value, position);
  END IF;
  SELECT string_agg(line || E'\n', '' ORDER BY position) INTO log_lines
  FROM (
    SELECT split_part(o.lines, E'\n', o.outcome + 1) AS line, o.position
    FROM unnest(p_lines, outcomes) WITH ORDINALITY AS o (lines, outcome, position)
  ) AS told
  WHERE line <> '';
  IF log_lines IS NOT NULL THEN
    INSERT INTO audit (sequence, lines) VALUES (number_in_log, log_lines);
  END IF;
  UPDATE writers AS w
  SET group_number = p_group, outcomes = lottery_commit.outcomes, numbers = lottery_commit.numbers
  WHERE run_id = p_run AND connection = p_connection;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another connection has taken this one''s place';
  END IF;
END
$$;

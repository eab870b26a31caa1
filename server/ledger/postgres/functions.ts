/**
 * The functions by which a commit group is carried out within the database: one call, one transaction.
 *
 * They know no line of the audit log: each operation brings the lines that it may leave, one for each outcome, and
 * its outcome says which. They are VOLATILE, so that in READ COMMITTED each statement sees what was committed before
 * it, the locks that were waited for included.
 */

/**
 * Agencies share this many locks: a group takes few of the places for locks that the database has, however many
 * agencies are in it.
 */
const AGENCY_LOCKS = 64;

/** Where the database tells that an agency has finished, or that the draw is stored: once the commit is done. */
export const NEWS_CHANNEL = 'lottery_news';

/** The first keys of the advisory locks: "LOTT" and "LOTA". The second of the agencies' is which of them. */
export const LOTTERY_LOCK = '1280267348, 0';
const AGENCY_LOCK_CLASS = 1280267329;

/**
 * Of each agency so many ASKs are known at most: whose connection is older than those must ask again. Without a bound
 * asking would fill the table.
 */
export const MAX_KNOWN_ASKS = 64;

/** Gives an ASK its place among those of its agency (PROTOCOL.md, R22). */
const ASK_FUNCTION = `
CREATE FUNCTION lottery_ask(p_run uuid, p_agency integer, p_ask bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asks (agency, place, run_id, number)
  VALUES (p_agency, nextval('ask_sequence'), p_run, p_ask);
  DELETE FROM asks WHERE agency = p_agency AND place < (
    SELECT place FROM asks WHERE agency = p_agency ORDER BY place DESC OFFSET ${MAX_KNOWN_ASKS - 1} LIMIT 1
  );
END
$$;
`;

/**
 * Answers for batches that stand side by side in a group whether each may be stored (PROTOCOL.md, R22): there is no
 * ASK before it, or the ASK is known and none of a later place has been sent behind. NULL when all may be.
 *
 * The first batch behind an ASK removes the agency's earlier ones, and marks it. Most groups hold batches of marked
 * ASKs alone, one for each agency: for them the first statement is all.
 */
const ALLOWED_FUNCTION = `
CREATE FUNCTION lottery_allowed(
  p_run uuid, p_agencies integer[], p_asks bigint[]
) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
  is_settled boolean;
  allowed boolean[];
BEGIN
  SELECT count(DISTINCT s.agency) = count(*) AND coalesce(bool_and(coalesce(a.has_sent, false)), true)
  INTO is_settled
  FROM (
    SELECT DISTINCT o.agency, o.ask FROM unnest(p_agencies, p_asks) AS o (agency, ask) WHERE o.ask > 0
  ) AS s LEFT JOIN asks AS a ON a.run_id = p_run AND a.agency = s.agency AND a.number = s.ask;
  IF is_settled THEN
    RETURN NULL;
  END IF;
  WITH sent AS MATERIALIZED (
    SELECT o.position, o.agency, o.ask, a.place,
      max(a.place) OVER (PARTITION BY o.agency ORDER BY o.position) AS latest
    FROM unnest(p_agencies, p_asks) WITH ORDINALITY AS o (agency, ask, position)
      LEFT JOIN asks AS a ON a.run_id = p_run AND a.agency = o.agency AND a.number = o.ask
  ), senders AS MATERIALIZED (
    SELECT agency, max(place) AS place FROM sent WHERE place IS NOT NULL GROUP BY agency
  ), removed AS (
    DELETE FROM asks AS a USING senders AS s WHERE a.agency = s.agency AND a.place < s.place
  ), marked AS (
    UPDATE asks AS a SET has_sent = true FROM senders AS s
    WHERE a.agency = s.agency AND a.place = s.place AND NOT a.has_sent
  )
  SELECT array_agg(ask = 0 OR coalesce(place = latest, false) ORDER BY position) INTO allowed FROM sent;
  RETURN allowed;
END
$$;
`;

/**
 * Stores batches of a group that stand side by side in it. Answers their outcomes: 0 stored, 1 already stored,
 * 2 conflict, 3 closed, 4 its agency is taken over.
 */
const APPEND_FUNCTION = `
CREATE FUNCTION lottery_append(
  p_run uuid, p_sequence bigint, p_before integer, p_agencies integer[], p_batch_ids integer[], p_bets integer[],
  p_last_bet_ids bigint[], p_asks bigint[], p_starts integer[], p_lengths integer[], p_digests bytea[], p_texts bytea
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  stored bigint := 0;
  allowed boolean[] := lottery_allowed(p_run, p_agencies, p_asks);
BEGIN
  IF NOT (SELECT sale_closed FROM lottery) THEN
    WITH added AS (
      INSERT INTO batches (agency, batch_id, sequence, position, bets, last_bet_id, digest, text)
      SELECT o.agency, o.batch_id, p_sequence, p_before + o.position, o.bets, o.last_bet_id, o.digest,
        substring(p_texts FROM o.start FOR o.length)
      FROM unnest(p_agencies, p_batch_ids, p_bets, p_last_bet_ids, p_starts, p_lengths, p_digests)
        WITH ORDINALITY AS o (agency, batch_id, bets, last_bet_id, start, length, digest, position)
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
    RETURN array_fill(0, ARRAY[stored::integer]);
  END IF;
  RETURN (
    SELECT array_agg(
      CASE
        WHEN NOT allowed[o.position] THEN 4
        WHEN b.agency IS NULL THEN 3
        WHEN b.sequence = p_sequence AND b.position = p_before + o.position THEN 0
        WHEN b.text = substring(p_texts FROM o.start FOR o.length) THEN 1
        ELSE 2
      END ORDER BY o.position)
    FROM unnest(p_agencies, p_batch_ids, p_starts, p_lengths)
      WITH ORDINALITY AS o (agency, batch_id, start, length, position)
      LEFT JOIN batches AS b ON b.agency = o.agency AND b.batch_id = o.batch_id
  );
END
$$;
`;

/**
 * Records that agencies have finished whose FINs stand side by side in a group. Answers for each how many have finished
 * then.
 */
const FINISH_FUNCTION = `
CREATE FUNCTION lottery_finish(
  p_sequence bigint, p_now_ms bigint, p_agencies integer[]
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  before integer := (SELECT agencies_finished FROM lottery);
  counts bigint[];
  finished integer;
BEGIN
  WITH asked AS MATERIALIZED (
    SELECT o.agency, o.position,
      f.agency IS NULL AND row_number() OVER (PARTITION BY o.agency ORDER BY o.position) = 1 AS is_new
    FROM unnest(p_agencies) WITH ORDINALITY AS o (agency, position)
      LEFT JOIN finished_agencies AS f ON f.agency = o.agency
  ), counted AS MATERIALIZED (
    SELECT agency, position, is_new, before + count(*) FILTER (WHERE is_new) OVER (ORDER BY position) AS finished
    FROM asked
  ), added AS (
    INSERT INTO finished_agencies (agency, ordinal, finished_at_ms, sequence)
    SELECT agency, c.finished, p_now_ms, p_sequence FROM counted AS c WHERE is_new
  )
  SELECT array_agg(c.finished ORDER BY position), max(c.finished) INTO counts, finished FROM counted AS c;
  IF finished > before THEN
    UPDATE lottery SET agencies_finished = finished;
    PERFORM pg_notify('${NEWS_CHANNEL}', '');
  END IF;
  RETURN counts;
END
$$;
`;

/**
 * Answers where an agency stands: last batch id, last bet id, batches, bets, and 1 where it has finished. Where
 * batches are missing between others, it keeps up to where none is, so that the next call need not look again.
 */
const STANDING_FUNCTION = `
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
`;

/**
 * Carries out a group of operations in their order and writes their lines into the audit log, or raises an error.
 *
 * The locks come before the sequence number: transactions that concern the same agency, or of which one concerns all,
 * have their numbers in the order in which they see each other, over all servers. Ordered by sequence, the audit log
 * is therefore a linearization. What is asked of the draw depends on what is written under the exclusive lock alone.
 *
 * The update of \`writers\` comes last: a connection that was replaced meanwhile finds no row, and nothing of its group
 * is stored.
 *
 * Answers for each operation its outcome, the numbers that they have come to, one operation's behind the other's, and
 * the texts that were found.
 */
const COMMIT_FUNCTION = `
CREATE FUNCTION lottery_commit(
  p_run uuid, p_connection integer, p_group bigint, p_now_ms bigint,
  p_kinds text[], p_agencies integer[], p_batch_ids integer[], p_bets integer[], p_last_bet_ids bigint[],
  p_asks bigint[], p_starts integer[], p_lengths integer[], p_digests bytea[], p_texts bytea, p_lines text[],
  p_draw jsonb,
  OUT outcomes integer[], OUT numbers bigint[], OUT texts bytea[]
) LANGUAGE plpgsql AS $$
DECLARE
  number_in_log bigint;
  log_lines text;
  agency_lock integer;
  place integer := 1;
  next integer;
  outcome integer;
  found_text bytea;
BEGIN
  outcomes := '{}';
  numbers := '{}';
  texts := '{}';
  IF p_kinds && ARRAY['finish', 'standings', 'close-sale', 'store-draw'] THEN
    PERFORM pg_advisory_xact_lock(${LOTTERY_LOCK});
  ELSE
    PERFORM pg_advisory_xact_lock_shared(${LOTTERY_LOCK});
    FOR agency_lock IN
      SELECT DISTINCT agency % ${AGENCY_LOCKS} FROM unnest(p_agencies) AS agency WHERE agency > 0 ORDER BY 1
    LOOP
      PERFORM pg_advisory_xact_lock(${AGENCY_LOCK_CLASS}, agency_lock);
    END LOOP;
  END IF;
  number_in_log := nextval('audit_sequence');
  WHILE place <= cardinality(p_kinds) LOOP
    next := place + 1;
    outcome := 0;
    CASE p_kinds[place]
      WHEN 'append' THEN
        WHILE p_kinds[next] = 'append' LOOP
          next := next + 1;
        END LOOP;
        outcomes := outcomes || lottery_append(
          p_run, number_in_log, place - 1, p_agencies[place:next - 1], p_batch_ids[place:next - 1],
          p_bets[place:next - 1], p_last_bet_ids[place:next - 1], p_asks[place:next - 1],
          p_starts[place:next - 1], p_lengths[place:next - 1], p_digests[place:next - 1], p_texts);
        outcome := NULL;
      WHEN 'finish' THEN
        WHILE p_kinds[next] = 'finish' LOOP
          next := next + 1;
        END LOOP;
        numbers := numbers || lottery_finish(number_in_log, p_now_ms, p_agencies[place:next - 1]);
        outcomes := outcomes || array_fill(0, ARRAY[next - place]);
        outcome := NULL;
      WHEN 'standing' THEN
        IF p_asks[place] > 0 THEN
          PERFORM lottery_ask(p_run, p_agencies[place], p_asks[place]);
        END IF;
        numbers := numbers || lottery_standing(p_agencies[place]);
      WHEN 'standings' THEN
        FOR agency IN p_agencies[place] + 1 .. p_agencies[place] + p_batch_ids[place] LOOP
          numbers := numbers || lottery_standing(agency);
        END LOOP;
      WHEN 'batch-text' THEN
        SELECT text INTO found_text FROM batches
        WHERE agency = p_agencies[place] AND batch_id = p_batch_ids[place];
        IF FOUND THEN
          outcome := 1;
          texts := array_append(texts, found_text);
        END IF;
      WHEN 'draw-state' THEN
        SELECT coalesce(
          (SELECT CASE WHEN is_called_off THEN 3 ELSE 2 END FROM draws),
          CASE WHEN sale_closed OR agencies_finished >= agencies THEN 1 ELSE 0 END
        ) INTO outcome FROM lottery;
      WHEN 'close-sale' THEN
        UPDATE lottery SET sale_closed = true WHERE NOT sale_closed;
        outcome := CASE WHEN FOUND THEN 0 ELSE 1 END;
      WHEN 'store-draw' THEN
        INSERT INTO draws (only_row, bets, missing_agencies, is_called_off)
        SELECT true, d.bets, d.missing_agencies, d.is_called_off
        FROM jsonb_to_record(p_draw) AS d (bets bigint, missing_agencies integer[], is_called_off boolean)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
          INSERT INTO winners (agency, documents)
          SELECT key::integer, value FROM jsonb_each_text(p_draw -> 'winners');
          PERFORM pg_notify('${NEWS_CHANNEL}', '');
        END IF;
      WHEN 'note' THEN
        NULL;
    END CASE;
    IF outcome IS NOT NULL THEN
      outcomes := array_append(outcomes, outcome);
    END IF;
    place := next;
  END LOOP;
  SELECT string_agg(line || E'\\n', '' ORDER BY position) INTO log_lines
  FROM (
    SELECT split_part(o.lines, E'\\n', o.outcome + 1) AS line, o.position
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
`;

/** Makes the functions of this version, in place of those of another one. */
export const FUNCTIONS = [
  'DROP FUNCTION IF EXISTS lottery_commit, lottery_finish, lottery_append, lottery_standing, lottery_allowed, lottery_ask;',
  ASK_FUNCTION,
  ALLOWED_FUNCTION,
  APPEND_FUNCTION,
  FINISH_FUNCTION,
  STANDING_FUNCTION,
  COMMIT_FUNCTION,
].join('\n');

-- A database of version 2 as a server of that version made it before the functions were changed for the first time
-- without a migration (lottery_commit lost a parameter, lottery_finish came). Tables and functions are generated from
-- that server's source, with its comments left out; the data is stored by these functions. Made once, never edited.

CREATE TABLE ledger_version (
  version integer NOT NULL
);
CREATE TABLE lottery (
  only_row boolean PRIMARY KEY CHECK (only_row),
  agencies integer NOT NULL,
  winner_number integer NOT NULL,
  agencies_finished integer NOT NULL DEFAULT 0,
  sale_closed boolean NOT NULL DEFAULT false
);
CREATE TABLE writers (
  run_id uuid PRIMARY KEY,
  connection integer NOT NULL,
  group_number bigint NOT NULL,
  outcomes integer[] NOT NULL,
  numbers bigint[] NOT NULL
);
CREATE SEQUENCE audit_sequence;
CREATE TABLE audit (
  sequence bigint PRIMARY KEY,
  lines text NOT NULL
);
CREATE TABLE batches (
  agency integer NOT NULL,
  batch_id integer NOT NULL,
  sequence bigint NOT NULL,
  position integer NOT NULL,
  bets integer NOT NULL,
  last_bet_id bigint NOT NULL,
  digest bytea NOT NULL,
  text bytea NOT NULL,
  PRIMARY KEY (agency, batch_id)
) WITH (toast_tuple_target = 8160);
ALTER TABLE batches ALTER text SET STORAGE EXTERNAL;
CREATE TABLE standings (
  agency integer PRIMARY KEY,
  batches bigint NOT NULL,
  bets bigint NOT NULL,
  last_batch_id integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE finished_agencies (
  agency integer PRIMARY KEY,
  ordinal integer NOT NULL UNIQUE,
  finished_at_ms bigint NOT NULL
);
CREATE TABLE draws (
  only_row boolean PRIMARY KEY CHECK (only_row),
  bets bigint NOT NULL,
  missing_agencies integer[] NOT NULL,
  is_called_off boolean NOT NULL,
  drawn_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE winners (
  agency integer PRIMARY KEY,
  documents text NOT NULL
);
CREATE VIEW bets (agency, bet_id, first_name, last_name, document, birthdate, number) AS
SELECT
  split_part(bet, ',', 1)::integer,
  split_part(bet, ',', 2)::bigint,
  split_part(bet, ',', 3),
  split_part(bet, ',', 4),
  split_part(bet, ',', 5),
  split_part(bet, ',', 6),
  split_part(bet, ',', 7)::integer
FROM batches CROSS JOIN LATERAL unnest(string_to_array(convert_from(text, 'UTF8'), ';')) AS bet;

CREATE SEQUENCE ask_sequence;
CREATE TABLE asks (
  agency integer NOT NULL,
  place bigint NOT NULL,
  run_id uuid NOT NULL,
  number bigint NOT NULL,
  has_sent boolean NOT NULL DEFAULT false,
  PRIMARY KEY (agency, place),
  UNIQUE (run_id, agency, number)
);
ALTER TABLE finished_agencies ADD sequence bigint;
UPDATE finished_agencies SET sequence = (
  SELECT min(sequence) FROM audit
  WHERE E'\n' || lines LIKE E'%\nPUT,/agencies/' || agency || '/finish,200,%'
);
ALTER TABLE finished_agencies ALTER sequence SET NOT NULL;
DROP FUNCTION IF EXISTS lottery_commit, lottery_append, lottery_standing, lottery_allowed, lottery_ask;

CREATE FUNCTION lottery_ask(p_run uuid, p_agency integer, p_ask bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asks (agency, place, run_id, number)
  VALUES (p_agency, nextval('ask_sequence'), p_run, p_ask);
  DELETE FROM asks WHERE agency = p_agency AND place < (
    SELECT place FROM asks WHERE agency = p_agency ORDER BY place DESC OFFSET 63 LIMIT 1
  );
END
$$;

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

CREATE FUNCTION lottery_commit(
  p_run uuid, p_connection integer, p_group bigint, p_now_ms bigint,
  p_kinds text[], p_agencies integer[], p_batch_ids integer[], p_bets integer[], p_last_bet_ids bigint[],
  p_asks bigint[], p_starts integer[], p_lengths integer[], p_digests bytea[], p_texts bytea, p_lines text[],
  p_draw jsonb, p_known_finished integer,
  OUT outcomes integer[], OUT numbers bigint[], OUT texts bytea[], OUT finished integer[]
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
    PERFORM pg_advisory_xact_lock(1280267348, 0);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(1280267348, 0);
    FOR agency_lock IN
      SELECT DISTINCT agency % 64 FROM unnest(p_agencies) AS agency WHERE agency > 0 ORDER BY 1
    LOOP
      PERFORM pg_advisory_xact_lock(1280267329, agency_lock);
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
        IF NOT EXISTS (SELECT FROM finished_agencies WHERE agency = p_agencies[place]) THEN
          UPDATE lottery SET agencies_finished = agencies_finished + 1;
          INSERT INTO finished_agencies (agency, ordinal, finished_at_ms, sequence)
          SELECT p_agencies[place], agencies_finished, p_now_ms, number_in_log FROM lottery;
          PERFORM pg_notify('lottery_news', '');
        END IF;
        numbers := array_append(numbers, (SELECT agencies_finished::bigint FROM lottery));
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
          PERFORM pg_notify('lottery_news', '');
        END IF;
      WHEN 'note' THEN
        NULL;
    END CASE;
    IF outcome IS NOT NULL THEN
      outcomes := array_append(outcomes, outcome);
    END IF;
    place := next;
  END LOOP;
  SELECT string_agg(line || E'\n', '' ORDER BY position) INTO log_lines
  FROM (
    SELECT split_part(o.lines, E'\n', o.outcome + 1) AS line, o.position
    FROM unnest(p_lines, outcomes) WITH ORDINALITY AS o (lines, outcome, position)
  ) AS told
  WHERE line <> '';
  IF log_lines IS NOT NULL THEN
    INSERT INTO audit (sequence, lines) VALUES (number_in_log, log_lines);
  END IF;
  finished := ARRAY(SELECT agency FROM finished_agencies WHERE ordinal > p_known_finished ORDER BY ordinal);
  UPDATE writers AS w
  SET group_number = p_group, outcomes = lottery_commit.outcomes, numbers = lottery_commit.numbers
  WHERE run_id = p_run AND connection = p_connection;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another connection has taken this one''s place';
  END IF;
END
$$;

INSERT INTO lottery (only_row, agencies, winner_number) VALUES (true, 3, 7574);
INSERT INTO ledger_version VALUES (2);

-- A run that was never ended: an ASK for agency 1, with two batches after it; a batch of agency 2; the FIN of agency 3,
-- and an ASK for agency 2 from which nothing has come.
INSERT INTO writers (run_id, connection, group_number, outcomes, numbers) VALUES ('00000000-0000-4000-8000-00000000000a', 1, 0, '{}', '{}');
SELECT lottery_commit(
  '00000000-0000-4000-8000-00000000000a', 1, 1, 1700000000000,
  '{standing}', '{1}', '{0}', '{0}', '{0}', '{1}', '{1}', '{0}',
  ARRAY[NULL]::bytea[], ''::bytea,
  ARRAY[E'GET,/agencies/1,200,0'], NULL, 0);
SELECT lottery_commit(
  '00000000-0000-4000-8000-00000000000a', 1, 2, 1700000000000,
  '{append}', '{1}', '{1}', '{2}', '{2}', '{1}', '{1}', '{73}',
  ARRAY[sha256(convert_to('1,1,2,2;1,1,Ana,Paz,31204458,1987-03-17,2201;1,2,Ana,Paz,20111222,1987-03-17,7574', 'UTF8'))]::bytea[], convert_to('1,1,Ana,Paz,31204458,1987-03-17,2201;1,2,Ana,Paz,20111222,1987-03-17,7574', 'UTF8'),
  ARRAY[E'PUT,/agencies/1/batches/1,201,0\nPUT,/agencies/1/batches/1,200,0\nPUT,/agencies/1/batches/1,409,0\nPUT,/agencies/1/batches/1,410,0'], NULL, 0);
SELECT lottery_commit(
  '00000000-0000-4000-8000-00000000000a', 1, 3, 1700000000000,
  '{append}', '{1}', '{2}', '{1}', '{3}', '{1}', '{1}', '{36}',
  ARRAY[sha256(convert_to('1,2,1,3;1,3,Ana,Paz,31204458,1987-03-17,2201', 'UTF8'))]::bytea[], convert_to('1,3,Ana,Paz,31204458,1987-03-17,2201', 'UTF8'),
  ARRAY[E'PUT,/agencies/1/batches/2,201,0\nPUT,/agencies/1/batches/2,200,0\nPUT,/agencies/1/batches/2,409,0\nPUT,/agencies/1/batches/2,410,0'], NULL, 0);
SELECT lottery_commit(
  '00000000-0000-4000-8000-00000000000a', 1, 4, 1700000000000,
  '{append}', '{2}', '{1}', '{1}', '{1}', '{0}', '{1}', '{36}',
  ARRAY[sha256(convert_to('2,1,1,1;2,1,Ana,Paz,21689196,1987-03-17,7574', 'UTF8'))]::bytea[], convert_to('2,1,Ana,Paz,21689196,1987-03-17,7574', 'UTF8'),
  ARRAY[E'PUT,/agencies/2/batches/1,201,0\nPUT,/agencies/2/batches/1,200,0\nPUT,/agencies/2/batches/1,409,0\nPUT,/agencies/2/batches/1,410,0'], NULL, 0);
SELECT lottery_commit(
  '00000000-0000-4000-8000-00000000000a', 1, 5, 1700000000000,
  '{finish}', '{3}', '{0}', '{0}', '{0}', '{0}', '{1}', '{0}',
  ARRAY[NULL]::bytea[], ''::bytea,
  ARRAY[E'PUT,/agencies/3/finish,200,0'], NULL, 0);
SELECT lottery_commit(
  '00000000-0000-4000-8000-00000000000a', 1, 6, 1700000000000,
  '{standing}', '{2}', '{0}', '{0}', '{0}', '{1}', '{1}', '{0}',
  ARRAY[NULL]::bytea[], ''::bytea,
  ARRAY[E'GET,/agencies/2,200,0'], NULL, 0);

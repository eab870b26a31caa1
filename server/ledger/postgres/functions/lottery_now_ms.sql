-- The time by the database's clock, in milliseconds since 1970. It goes on within a transaction.
--
-- In: nothing.
-- Out: the time.
-- Locks: none.
-- Raises: nothing.
CREATE FUNCTION lottery_now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- Carrying out a commit group, and the fence that keeps out the late groups of a connection that was replaced.
--
-- A run is the time in which a server has the ledger open. Its hash has the connection that may commit for it, its last
-- group, and what that group was answered, for a server that loses its connection before it has the answers.

local DIGEST = '${DIGEST}'
-- How many runs are known: those of servers that were killed stay.
local MAX_RUNS = ${MAX_RUNS}
local RUNS = PREFIX .. 'runs'
local DRAW_LOCK = PREFIX .. 'draw-lock'

local function run_key(run)
  return PREFIX .. 'run:' .. run
end

local OPERATIONS = {
  ['place'] = place,
  ['finish'] = finish,
  ['standing'] = standing,
  ['standings'] = standings,
  ['batch-text'] = batch_text,
  ['batch-checks'] = batch_checks,
  ['draw-state'] = draw_state,
  ['close-sale'] = close_sale,
  ['record-draw'] = record_draw,
  ['put-notes'] = put_notes,
  ['get-note'] = get_note,
  ['delete-note'] = delete_note,
  ['list-notes'] = list_notes,
  ['count-note'] = count_note,
  ['refused'] = function()
    return { 0 }
  end,
}

-- Takes the arguments one after the other.
local function taker(arguments)
  local index = 0
  return function()
    index = index + 1
    return arguments[index]
  end
end

-- Adds to the log the line of an outcome, of the possible lines, which are separated by line feeds: none where it is empty
-- or there are not so many.
local function add_line(group, lines, outcome)
  local number = 0
  for line in string.gmatch(lines .. '\n', '([^\n]*)\n') do
    if number == outcome then
      if line ~= '' then
        group.lines[#group.lines + 1] = line
      end
      return
    end
    number = number + 1
  end
end

-- What is kept of an answer: what was read of notes may be much, and is another by the time that it is asked for.
local function kept(kind, answer)
  local is_read = (kind == 'get-note' and answer[1] == 1) or (kind == 'list-notes' and answer[1] == 0)
  return is_read and { answer[1], false } or answer
end

local function carry_out(group, take)
  local answers, kept_answers = {}, {}
  for kind in take do
    local position = #answers + 1
    local lines = take()
    local answer, lines_of_each = OPERATIONS[kind](group, take, position)
    if lines_of_each then
      for index, own_lines in ipairs(lines_of_each) do
        add_line(group, own_lines, answer[index])
      end
    else
      add_line(group, lines, answer[1])
    end
    answers[position] = answer
    kept_answers[position] = kept(kind, answer)
  end
  return answers, kept_answers
end

local function refusal(code, reason)
  return redis.error_reply(code .. ' ' .. reason)
end

-- The reason why a server may not work with this ledger, if there is one.
-- In: the digest of its functions; its deadline: action, time, time after the first FIN, nothing where there is none.
local function mistake(digest, action, at_ms, after_ms)
  if digest ~= DIGEST then
    return refusal('REPLACED', 'the functions are those of another build')
  end
  local kept_terms = redis.call('HMGET', LOTTERY, 'agencies', 'missing_agencies', 'is_damaged',
    'deadline_action', 'deadline_at_ms', 'deadline_after_ms')
  if not kept_terms[1] then
    return refusal('LOST', 'there is no ledger')
  end
  if kept_terms[3] then
    return refusal('DAMAGED', 'a group was stored in part')
  end
  local is_same = (kept_terms[4] or '') == action and (kept_terms[5] or '') == at_ms
    and (kept_terms[6] or '') == after_ms
  -- Once the sale is closed its terms are what counts.
  if not is_same and not kept_terms[2] then
    return refusal('DEADLINE', 'another server has changed it')
  end
end

local function last_group(run)
  local found = redis.call('HMGET', run_key(run), 'group', 'answers')
  if not found[1] then
    return refusal('LOST', 'there is no such run')
  end
  local sequence, answers = unpack(cmsgpack.unpack(found[2]))
  return { tonumber(found[1]), sequence, answers }
end

-- Carries out a commit group, one operation after the other, and writes its lines into the audit log: whole, or not at all.
--
-- In: the run, the number of its connection, the group's number in the run, the digest of the functions, how long ago a
--   deadline may have passed to be acted on (nothing for no limit); then of each operation its kind, its possible lines,
--   one for each outcome, separated by line feeds (of 'put-notes' nothing: each note has its own), and what its function
--   takes.
-- Out: the group's number in the log, and the answer to each operation: its outcome, and what its function says.
-- Raises: REPLACED, LOST, DAMAGED; FENCED when another connection has taken this one's place.
local function commit(_, arguments)
  local take = taker(arguments)
  local run, connection, number, digest, max_overdue_ms = take(), take(), take(), take(), take()
  if digest ~= DIGEST then
    return refusal('REPLACED', 'the functions are those of another build')
  end
  local group = new_group()
  group.run = run
  group.max_overdue_ms = tonumber(max_overdue_ms)
  group.now_ms = now_ms()
  group.bytes_read = 0
  local known = read(group, run_key(run), 'connection')
  if not known or not read(group, LOTTERY, 'agencies') then
    return refusal('LOST', 'there is no such run')
  end
  if known ~= connection then
    return refusal('FENCED', 'another connection has taken this one\'s place')
  end
  if read(group, LOTTERY, 'is_damaged') then
    return refusal('DAMAGED', 'a group was stored in part')
  end
  group.sequence = read_number(group, LOTTERY, 'sequence') + 1
  local answers, kept_answers = carry_out(group, take)
  write(group, LOTTERY, 'sequence', digits(group.sequence))
  write(group, run_key(run), 'group', number)
  write(group, run_key(run), 'answers', cmsgpack.pack({ group.sequence, kept_answers }))
  local is_stored, reason = pcall(store, group)
  if not is_stored then
    -- Somebody else's keys are in the way: what was written cannot be taken back.
    redis.call('HSET', LOTTERY, 'is_damaged', '1')
    return refusal('DAMAGED', type(reason) == 'table' and reason.err or tostring(reason))
  end
  return { group.sequence, answers }
end

-- Makes the ledger where there is none.
-- In: the version of its keys, how many agencies, the winner number. Out: nothing.
local function make(_, arguments)
  if redis.call('HEXISTS', LOTTERY, 'agencies') == 0 then
    redis.call('HSET', LOTTERY, 'version', arguments[1], 'agencies', arguments[2], 'winner_number', arguments[3],
      'sequence', '0')
  end
  return redis.status_reply('OK')
end

-- Makes a deadline that of the ledger, if the runs are still those that were looked at.
-- In: its action, time, time after the first FIN, nothing where there is none; the runs, separated by commas. Out: 1 if so.
local function agree(_, arguments)
  local action, at_ms, after_ms, runs = unpack(arguments)
  if table.concat(redis.call('LRANGE', RUNS, 0, -1), ',') ~= runs then
    return 0
  end
  local first_at_ms = redis.call('HGET', LOTTERY, 'first_finished_at_ms')
  local due_at_ms = at_ms
  if after_ms ~= '' and first_at_ms then
    due_at_ms = digits(tonumber(first_at_ms) + tonumber(after_ms))
  end
  local values = {
    deadline_action = action, deadline_at_ms = at_ms, deadline_after_ms = after_ms, due_at_ms = due_at_ms,
  }
  for field, value in pairs(values) do
    if value == '' then
      redis.call('HDEL', LOTTERY, field)
    else
      redis.call('HSET', LOTTERY, field, value)
    end
  end
  return 1
end

-- Begins a run, over its first connection.
-- In: the run, what its connection is called, and as for mistake. Out: nothing. Raises: as mistake.
local function begin_run(_, arguments)
  local run, client, digest, action, at_ms, after_ms = unpack(arguments)
  local wrong = mistake(digest, action, at_ms, after_ms)
  if wrong then
    return wrong
  end
  redis.call('HSET', run_key(run), 'connection', '1', 'client', client, 'group', '0',
    'answers', cmsgpack.pack({ 0, {} }))
  redis.call('RPUSH', RUNS, run)
  while redis.call('LLEN', RUNS) > MAX_RUNS do
    redis.call('DEL', run_key(redis.call('LPOP', RUNS)))
  end
  return redis.status_reply('OK')
end

-- Makes a connection the one that may commit for the run: any group of the former one that comes later is refused.
-- In: the run, the number of the connection, what it is called, and as for mistake.
-- Out: the run's last group, its number in the log, its answers. Raises: as mistake, LOST when there is no such run.
local function take_over(_, arguments)
  local run, connection, client, digest, action, at_ms, after_ms = unpack(arguments)
  local wrong = mistake(digest, action, at_ms, after_ms)
  if wrong then
    return wrong
  end
  local last = last_group(run)
  if not last.err then
    redis.call('HSET', run_key(run), 'connection', connection, 'client', client)
  end
  return last
end

-- In: the run. Out: as take_over.
local function read_run(_, arguments)
  return last_group(arguments[1])
end

-- Ends a run. In: the run. Out: nothing.
local function end_run(_, arguments)
  redis.call('DEL', run_key(arguments[1]))
  redis.call('LREM', RUNS, 1, arguments[1])
  return redis.status_reply('OK')
end

-- Takes the lock of the draw, if its holder is still the one that is thought to be gone.
-- In: what the holder is called, nothing for none; what the taker is called. Out: 1 if it was taken.
local function take_draw_lock(_, arguments)
  if (redis.call('GET', DRAW_LOCK) or '') ~= arguments[1] then
    return 0
  end
  redis.call('SET', DRAW_LOCK, arguments[2])
  return 1
end

-- Uses each command that functions write with, on a key of its own: the user may lack a permission, which must not be
-- found out in the middle of a group.
-- Raises: NOPERM, with the command that is not permitted.
local function try(_)
  local key = PREFIX .. 'trial'
  local commands = {
    { 'HSET', key, 'field', '' },
    { 'HDEL', key, 'field' },
    { 'RPUSH', key, '' },
    { 'LREM', key, '1', '' },
    { 'SET', key, '' },
    { 'DEL', key },
    { 'XADD', key, '1-0', 'lines', '' },
    { 'DEL', key },
    { 'PUBLISH', NEWS_CHANNEL, '' },
  }
  for _, words in ipairs(commands) do
    local reply = redis.pcall(unpack(words))
    if type(reply) == 'table' and reply.err then
      return refusal('NOPERM', 'the user may not use ' .. words[1] .. ': ' .. reply.err)
    end
  end
  return redis.status_reply('OK')
end

redis.register_function('${LIBRARY}_commit', commit)
redis.register_function('${LIBRARY}_make', make)
redis.register_function('${LIBRARY}_agree', agree)
redis.register_function('${LIBRARY}_begin_run', begin_run)
redis.register_function({ function_name = '${LIBRARY}_take_over', callback = take_over, flags = { 'allow-oom' } })
redis.register_function({ function_name = '${LIBRARY}_read_run', callback = read_run, flags = { 'no-writes' } })
redis.register_function({ function_name = '${LIBRARY}_end_run', callback = end_run, flags = { 'allow-oom' } })
redis.register_function('${LIBRARY}_take_draw_lock', take_draw_lock)
redis.register_function('${LIBRARY}_try', try)

-- What a commit group reads and writes.
--
-- Redis does not undo what a function has written when it fails later. So a group writes nothing until all of its
-- operations are carried out: they read through this file, which remembers what they mean to write, and `store` writes
-- it all at the end. Everything that an operation reads is kept in hashes for that reason.

local PREFIX = '${PREFIX}'
local LOTTERY = PREFIX .. 'lottery'
local SUMS = PREFIX .. 'sums'
local FINISHED = PREFIX .. 'finished'
local ORDER = PREFIX .. 'order'
local LOG = PREFIX .. 'log'
local DRAW = PREFIX .. 'draw'
local WINNERS = PREFIX .. 'winners'
local NOTE_SUMS = PREFIX .. 'note-sums'
local NEWS_CHANNEL = '${NEWS_CHANNEL}'

-- How many arguments a command gets at once: Lua's stack is bounded.
local ARGUMENTS_AT_ONCE = 2000

-- A whole number in digits; `tostring` writes large ones with an exponent.
local function digits(number)
  return string.format('%.0f', number)
end

-- The time by this Redis's clock, in milliseconds since 1970.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function new_group()
  return { hashes = {}, appended = {}, lines = {}, has_news = false }
end

local function hash_of(group, key)
  local hash = group.hashes[key]
  if not hash then
    hash = { known = {}, changed = {}, is_whole = false }
    group.hashes[key] = hash
  end
  return hash
end

-- The value of a hash's field, as the group has left it; false where there is none.
local function read(group, key, field)
  local hash = hash_of(group, key)
  local value = hash.known[field]
  if value == nil then
    value = not hash.is_whole and redis.call('HGET', key, field) or false
    hash.known[field] = value
  end
  return value
end

-- All fields of a hash, as the group has left them; the value of one that is removed is false.
local function read_all(group, key)
  local hash = hash_of(group, key)
  if not hash.is_whole then
    local pairs_found = redis.call('HGETALL', key)
    for index = 1, #pairs_found, 2 do
      local field = pairs_found[index]
      if hash.known[field] == nil then
        hash.known[field] = pairs_found[index + 1]
      end
    end
    hash.is_whole = true
  end
  return hash.known
end

-- Sets a hash's field; false removes it.
local function write(group, key, field, value)
  local hash = hash_of(group, key)
  hash.known[field] = value
  hash.changed[field] = true
end

-- The number that a field holds; 0 where there is none.
local function read_number(group, key, field)
  return tonumber(read(group, key, field) or 0)
end

-- Appends to a list.
local function append(group, key, value)
  local values = group.appended[key]
  if not values then
    values = {}
    group.appended[key] = values
  end
  values[#values + 1] = value
end

local function call_in_parts(command, key, arguments)
  for first = 1, #arguments, ARGUMENTS_AT_ONCE do
    redis.call(command, key, unpack(arguments, first, math.min(first + ARGUMENTS_AT_ONCE - 1, #arguments)))
  end
end

local function store_hash(key, hash)
  local set, removed = {}, {}
  for field in pairs(hash.changed) do
    local value = hash.known[field]
    if value then
      set[#set + 1] = field
      set[#set + 1] = value
    else
      removed[#removed + 1] = field
    end
  end
  call_in_parts('HSET', key, set)
  call_in_parts('HDEL', key, removed)
end

-- Writes what the group has changed. The log comes first: it refuses a number that it had before.
local function store(group)
  if #group.lines > 0 then
    redis.call('XADD', LOG, digits(group.sequence) .. '-0', 'lines', table.concat(group.lines, '\n') .. '\n')
  end
  for key, hash in pairs(group.hashes) do
    store_hash(key, hash)
  end
  for key, values in pairs(group.appended) do
    call_in_parts('RPUSH', key, values)
  end
  if group.has_news then
    redis.call('PUBLISH', NEWS_CHANNEL, '')
  end
end

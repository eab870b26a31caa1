-- Batches, and where the agencies stand.
--
-- A batch is a field of two hashes of its agency: `texts`, the bets as they came, and `heads`, which has, separated by
-- commas, the number in the log and the position there, how many bets, the last bet id, the bytes of the text, its check
-- value, and at the end the 32 bytes of its digest.

local HEAD = '^(%d+),(%d+),(%d+),(%d+),(%d+),(%d+),'
local DIGEST_BYTES = 32

local function heads_key(agency)
  return PREFIX .. 'heads:' .. agency
end

local function asks_key(agency)
  return PREFIX .. 'asks:' .. agency
end

-- Forgets the ASKs of an agency of which this holds.
local function forget_asks(group, agency, is_forgotten)
  local key = asks_key(agency)
  local forgotten = {}
  for name, place in pairs(read_all(group, key)) do
    if place and is_forgotten(tonumber(place)) then
      forgotten[#forgotten + 1] = name
    end
  end
  for _, name in ipairs(forgotten) do
    write(group, key, name, false)
  end
end

-- Says whether a batch may be stored (PROTOCOL.md, R22): one that follows no ASK, or whose ASK is known and has not been
-- overtaken by a later one from which a batch has come. The first batch that follows an ASK removes the earlier ones.
local function may_send(group, agency, ask)
  if ask == '0' then
    return true
  end
  local place = read(group, asks_key(agency), group.run .. ' ' .. ask)
  if not place then
    return false
  end
  if read(group, agency_key(agency), 'sender') ~= place then
    forget_asks(group, agency, function(other)
      return other < tonumber(place)
    end)
    write(group, agency_key(agency), 'sender', place)
  end
  return true
end

-- Gives an ASK its place among those of its agency, and forgets the agency's oldest when too many are known; never the
-- one from which a batch has come, since asking takes nothing over.
local function note_ask(group, agency, ask)
  local place = read_number(group, LOTTERY, 'asks') + 1
  write(group, LOTTERY, 'asks', digits(place))
  write(group, asks_key(agency), group.run .. ' ' .. ask, digits(place))
  local places = {}
  for _, known in pairs(read_all(group, asks_key(agency))) do
    if known then
      places[#places + 1] = tonumber(known)
    end
  end
  if #places <= ${MAX_KNOWN_ASKS} then
    return
  end
  table.sort(places, function(one, other)
    return one > other
  end)
  local oldest = places[${MAX_KNOWN_ASKS}]
  local sender = read_number(group, agency_key(agency), 'sender')
  forget_asks(group, agency, function(other)
    return other < oldest and other ~= sender
  end)
end

-- How many batches and bets of an agency are stored.
local function sums_of(group, agency)
  local sums = read(group, SUMS, agency)
  if not sums then
    return 0, 0
  end
  local batches, bets = string.match(sums, '^(%d+),(%d+)$')
  return tonumber(batches), tonumber(bets)
end

-- Keeps up to which id the batches of an agency are complete (`last_batch_id`), and of those beyond it where they are
-- complete: `ranges` has for the first of a range the last (>first) and for the last the first (<last).
local function note_batch_id(group, agency, id)
  local key, ranges = agency_key(agency), PREFIX .. 'ranges:' .. agency
  local last = read_number(group, key, 'last_batch_id')
  local first_of_range, last_of_range = id, id
  local behind = sums_of(group, agency) > last and read(group, ranges, '>' .. digits(id + 1))
  if behind then
    last_of_range = tonumber(behind)
    write(group, ranges, '>' .. digits(id + 1), false)
    write(group, ranges, '<' .. behind, false)
  end
  if id == last + 1 then
    write(group, key, 'last_batch_id', digits(last_of_range))
    return
  end
  local before = read(group, ranges, '<' .. digits(id - 1))
  if before then
    first_of_range = tonumber(before)
    write(group, ranges, '<' .. digits(id - 1), false)
  end
  write(group, ranges, '>' .. digits(first_of_range), digits(last_of_range))
  write(group, ranges, '<' .. digits(last_of_range), digits(first_of_range))
end

-- Stores a batch.
--
-- In: its agency, id, number of bets, last bet id, ASK (0 for none), check value, digest and text.
-- Out: 0 stored; 1 already stored, its number in the log and its position there; 2 conflict; 3 closed; 4 its agency has
--   been taken over; 5 it is late: the deadline has passed, and the sale is not closed yet.
local function place(group, take, position)
  local agency, id, bets, last_bet_id = take(), take(), take(), take()
  local ask, check, digest, text = take(), take(), take(), take()
  if not may_send(group, agency, ask) then
    return { 4 }
  end
  local head = read(group, heads_key(agency), id)
  if head then
    local sequence, stored_position = string.match(head, HEAD)
    -- The digest covers the text, which is not read for this: it may be long, and what asks short.
    if string.sub(head, -DIGEST_BYTES) == digest then
      return { 1, tonumber(sequence), tonumber(stored_position) }
    end
    return { 2 }
  end
  if is_closed(group) or read(group, agency_key(agency), 'finished') then
    return { 3 }
  end
  if is_late(group) then
    return { 5 }
  end
  note_batch_id(group, agency, tonumber(id))
  local batches, all_bets = sums_of(group, agency)
  write(group, SUMS, agency, digits(batches + 1) .. ',' .. digits(all_bets + tonumber(bets)))
  local numbers = { digits(group.sequence), digits(position), bets, last_bet_id, digits(#text), check, digest }
  write(group, heads_key(agency), id, table.concat(numbers, ','))
  write(group, PREFIX .. 'texts:' .. agency, id, text)
  append(group, ORDER, agency .. ',' .. id)
  return { 0 }
end

-- Adds where an agency stands to the numbers: the last batch id up to which all are stored, the last bet id in that
-- batch, how many batches and bets are stored, and 1 if the agency has finished, else 0.
local function add_standing(group, agency, numbers)
  local last = read(group, agency_key(agency), 'last_batch_id')
  local head = last and read(group, heads_key(agency), last)
  local _, _, _, last_bet_id = string.match(head or '', HEAD)
  local batches, bets = sums_of(group, agency)
  numbers[#numbers + 1] = tonumber(last or 0)
  -- In digits: the client misreads integers near 2^53.
  numbers[#numbers + 1] = last_bet_id or '0'
  numbers[#numbers + 1] = batches
  numbers[#numbers + 1] = bets
  numbers[#numbers + 1] = read(group, agency_key(agency), 'finished') and 1 or 0
end

-- In: the agency, and the number of the ASK that wants to know, 0 for none. Out: 0, then as add_standing.
local function standing(group, take)
  local agency, ask = take(), take()
  if ask ~= '0' then
    note_ask(group, agency, ask)
  end
  local answer = { 0 }
  add_standing(group, agency, answer)
  return answer
end

-- In: the agency before the first, and how many. Out: 0, then as add_standing for each.
local function standings(group, take)
  local after, limit = tonumber(take()), tonumber(take())
  local answer = { 0 }
  for number = after + 1, after + limit do
    add_standing(group, digits(number), answer)
  end
  return answer
end

-- Says whether a batch is stored: its text, which never changes, is read apart from the group.
-- In: the agency and the batch's id. Out: 1 when it is, else 0.
local function batch_text(group, take)
  local agency, id = take(), take()
  return { read(group, heads_key(agency), id) and 1 or 0 }
end

-- Finds the check values of consecutive batches of an agency, up to one that is not stored.
-- In: the agency, the batch before the first, and how many at most.
-- Out: 0, then for each batch its last bet id, the bytes of its text, and its check value.
local function batch_checks(group, take)
  local agency, after, limit = take(), tonumber(take()), tonumber(take())
  local answer = { 0 }
  for id = after + 1, after + limit do
    local head = read(group, heads_key(agency), digits(id))
    if not head then
      break
    end
    local _, _, _, last_bet_id, bytes, check = string.match(head, HEAD)
    answer[#answer + 1] = last_bet_id
    answer[#answer + 1] = tonumber(bytes)
    answer[#answer + 1] = tonumber(check)
  end
  return answer
end

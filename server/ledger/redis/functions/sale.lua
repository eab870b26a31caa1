-- The sale: FINs, its close, and the draw.

local function agency_key(agency)
  return PREFIX .. 'agency:' .. agency
end

local function is_closed(group)
  return read(group, LOTTERY, 'missing_agencies') ~= false
end

-- Whether the deadline has passed, by this Redis's clock, while the sale is open.
-- max_overdue_ms: a deadline that passed longer ago is not acted on; nil for no limit.
local function is_late(group)
  local due_at_ms = read(group, LOTTERY, 'due_at_ms')
  if not due_at_ms then
    return false
  end
  local late_ms = group.now_ms - tonumber(due_at_ms)
  return late_ms >= 0 and (group.max_overdue_ms == nil or late_ms <= group.max_overdue_ms)
end

-- Records a FIN.
-- Out: 0, how many agencies have finished, when the first of them did.
local function finish(group, take)
  local agency = take()
  local key = agency_key(agency)
  local finished = read_number(group, LOTTERY, 'agencies_finished')
  local ordinal = read(group, key, 'finished')
  if ordinal then
    -- Others may have finished since.
    return { 0, finished, read_number(group, LOTTERY, 'first_finished_at_ms') }
  end
  finished = finished + 1
  write(group, key, 'finished', digits(group.sequence))
  write(group, LOTTERY, 'agencies_finished', digits(finished))
  append(group, FINISHED, agency .. ',' .. digits(group.sequence))
  group.has_news = true
  if finished == 1 then
    write(group, LOTTERY, 'first_finished_at_ms', digits(group.now_ms))
    local after_ms = read(group, LOTTERY, 'deadline_after_ms')
    if after_ms then
      write(group, LOTTERY, 'due_at_ms', digits(group.now_ms + tonumber(after_ms)))
    end
  end
  return { 0, finished, read_number(group, LOTTERY, 'first_finished_at_ms') }
end

local function missing_agencies(group)
  local agencies = read_number(group, LOTTERY, 'agencies')
  if read_number(group, LOTTERY, 'agencies_finished') >= agencies then
    return {}
  end
  local has_finished = {}
  for _, finished in ipairs({ redis.call('LRANGE', FINISHED, 0, -1), group.appended[FINISHED] or {} }) do
    for _, entry in ipairs(finished) do
      has_finished[string.match(entry, '^%d+')] = true
    end
  end
  local missing = {}
  for number = 1, agencies do
    local agency = digits(number)
    if not has_finished[agency] then
      missing[#missing + 1] = agency
    end
  end
  return missing
end

-- How many milliseconds are left until the sale may be closed while agencies are missing; false where that is not known.
local function left_ms(group, when_missing)
  if when_missing == '' then
    return false
  end
  if not read(group, LOTTERY, 'deadline_action') then
    return 0
  end
  local due_at_ms = read(group, LOTTERY, 'due_at_ms')
  return due_at_ms and tonumber(due_at_ms) - group.now_ms
end

-- Closes the sale if it is time, and keeps with it who is missing and what follows.
--
-- In: what follows when agencies are missing: 'draw', 'call-off', or nothing to leave the sale open then.
-- Out: 0 closed now, 1 closed before: 1 or 0 for called off, and which agencies are missing, separated by commas;
--   2 not due: how many milliseconds are left, false where that is not known.
local function close_sale(group, take)
  local when_missing = take()
  local outcome = 1
  if not is_closed(group) then
    local missing = missing_agencies(group)
    if #missing > 0 then
      local left = left_ms(group, when_missing)
      local is_overdue = left and group.max_overdue_ms ~= nil and left < -group.max_overdue_ms
      if not left or left > 0 or is_overdue then
        return { 2, left }
      end
    end
    write(group, LOTTERY, 'missing_agencies', table.concat(missing, ','))
    write(group, LOTTERY, 'is_called_off', (#missing > 0 and when_missing == 'call-off') and '1' or '0')
    group.has_news = true
    outcome = 0
  end
  local is_called_off = read_number(group, LOTTERY, 'is_called_off')
  return { outcome, is_called_off, read(group, LOTTERY, 'missing_agencies') }
end

-- Out: 0 awaited, 1 due, 2 drawn, 3 called off.
local function draw_state(group)
  if read(group, LOTTERY, 'drawn_at_ms') then
    return { read(group, DRAW, 'is_called_off') == '1' and 3 or 2 }
  end
  local is_complete = read_number(group, LOTTERY, 'agencies_finished') >= read_number(group, LOTTERY, 'agencies')
  return { (is_complete or is_closed(group)) and 1 or 0 }
end

-- Keeps the result of the draw, unless there is one.
--
-- In: how many bets, the winner number (nothing for none), the missing agencies separated by commas, 1 for called off;
--   how many agencies have winners, then of each its number and the documents.
-- Out: 0 kept now, 1 there was one.
local function record_draw(group, take)
  local bets, winner_number, missing, is_called_off = take(), take(), take(), take()
  local winners = {}
  for _ = 1, tonumber(take()) do
    local agency = take()
    winners[agency] = take()
  end
  if read(group, LOTTERY, 'drawn_at_ms') then
    return { 1 }
  end
  write(group, DRAW, 'bets', bets)
  write(group, DRAW, 'winner_number', winner_number)
  write(group, DRAW, 'missing_agencies', missing)
  write(group, DRAW, 'is_called_off', is_called_off)
  for agency, documents in pairs(winners) do
    write(group, WINNERS, agency, documents)
  end
  write(group, LOTTERY, 'drawn_at_ms', digits(group.now_ms))
  group.has_news = true
  return { 0 }
end

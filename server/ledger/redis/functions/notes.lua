-- Notes: values under names, of an agency or of the lottery (owner 0).
--
-- A note is a field of two hashes of its owner: `values`, and `notes`, which has, separated by commas, the flags, the
-- number in the log and the position there at which it was written last, and the bytes of its value.

local NOTE = '^(%d+),(%d+),(%d+),(%d+)$'

local function notes_key(owner)
  return PREFIX .. 'notes:' .. owner
end

local function values_key(owner)
  return PREFIX .. 'values:' .. owner
end

-- Takes a condition: 'absent', 'present', nothing for none, or 'place' and then the number in the log and the position.
local function take_condition(take)
  return { kind = take(), sequence = take(), position = take() }
end

local function meets(note, condition)
  if condition.kind == '' then
    return true
  end
  if condition.kind == 'absent' then
    return not note
  end
  if condition.kind == 'present' or not note then
    return note ~= false
  end
  local _, sequence, position = string.match(note, NOTE)
  return sequence == condition.sequence and position == condition.position
end

local function note_bytes(name, note)
  local _, _, _, bytes = string.match(note, NOTE)
  return #name + tonumber(bytes)
end

-- How many notes an owner has, and how many bytes their names and values come to.
local function note_sums(group, owner)
  local sums = read(group, NOTE_SUMS, owner)
  if not sums then
    return 0, 0
  end
  local count, bytes = string.match(sums, '^(%d+),(%d+)$')
  return tonumber(count), tonumber(bytes)
end

local function write_note_sums(group, owner, count, bytes)
  write(group, NOTE_SUMS, owner, digits(count) .. ',' .. digits(bytes))
end

-- Writes notes whose conditions are met, all or none.
-- In: of each its name, flags and value. Out: whether there is room for them.
local function write_notes(group, owner, written, position)
  local count, bytes = note_sums(group, owner)
  for _, note in ipairs(written) do
    local former = read(group, notes_key(owner), note.name)
    count = count + (former and 0 or 1)
    bytes = bytes + #note.name + #note.value - (former and note_bytes(note.name, former) or 0)
  end
  if count > ${MAX_NOTES} or bytes > ${MAX_NOTES_BYTES} then
    return false
  end
  write_note_sums(group, owner, count, bytes)
  for _, note in ipairs(written) do
    local numbers = { note.flags, digits(group.sequence), digits(position), digits(#note.value) }
    write(group, notes_key(owner), note.name, table.concat(numbers, ','))
    write(group, values_key(owner), note.name, note.value)
  end
  return true
end

-- Writes notes of an owner, all or none.
--
-- In: the owner, a condition (take_condition), how many; of each its lines in the log, name, flags and value.
-- Out: for each 0 stored, 1 stored in place of one of its name; or of each 2 the condition is not met, 3 the owner would
--   have too many notes, or too long ones. As second value the lines of each.
local function put_notes(group, take, position)
  local owner, condition = take(), take_condition(take)
  local written, lines, answer = {}, {}, {}
  local is_met = true
  for index = 1, tonumber(take()) do
    lines[index] = take()
    local note = { name = take(), flags = take(), value = take() }
    written[index] = note
    local former = read(group, notes_key(owner), note.name)
    is_met = is_met and meets(former, condition)
    answer[index] = former and 1 or 0
  end
  local outcome
  if not is_met then
    outcome = 2
  elseif not write_notes(group, owner, written, position) then
    outcome = 3
  end
  for index in ipairs(answer) do
    answer[index] = outcome or answer[index]
  end
  return answer, lines
end

-- In: the owner and the name.
-- Out: 0 not found; 1 found, its flags, its place, its value; 2 not read, since so much was read before.
local function get_note(group, take)
  local owner, name = take(), take()
  if group.bytes_read >= ${MAX_NOTE_BYTES_READ} then
    return { 2 }
  end
  local note = read(group, notes_key(owner), name)
  if not note then
    return { 0 }
  end
  local flags, sequence, position, bytes = string.match(note, NOTE)
  group.bytes_read = group.bytes_read + tonumber(bytes)
  return { 1, tonumber(flags), tonumber(sequence), tonumber(position), read(group, values_key(owner), name) }
end

-- In: the owner, the name, a condition. Out: 0 deleted, 1 there is none, 2 the condition is not met.
local function delete_note(group, take)
  local owner, name = take(), take()
  local note = read(group, notes_key(owner), name)
  if not meets(note, take_condition(take)) then
    return { 2 }
  end
  if not note then
    return { 1 }
  end
  local count, bytes = note_sums(group, owner)
  write_note_sums(group, owner, count - 1, bytes - note_bytes(name, note))
  write(group, notes_key(owner), name, false)
  write(group, values_key(owner), name, false)
  return { 0 }
end

-- Lists all notes of an owner, in any order: who asks puts them in order.
-- In: the owner.
-- Out: 0, then of each its name, the bytes of its value, and its place; or 1 not read, since so much was read before.
local function list_notes(group, take)
  local owner = take()
  if group.bytes_read >= ${MAX_NOTE_BYTES_READ} then
    return { 1 }
  end
  local answer = { 0 }
  for name, note in pairs(read_all(group, notes_key(owner))) do
    if note then
      local _, sequence, position, bytes = string.match(note, NOTE)
      answer[#answer + 1] = name
      answer[#answer + 1] = tonumber(bytes)
      answer[#answer + 1] = tonumber(sequence)
      answer[#answer + 1] = tonumber(position)
      group.bytes_read = group.bytes_read + #name + #note
    end
  end
  return answer
end

local function without_zeros(number)
  local short = string.gsub(number, '^0+', '')
  return short == '' and '0' or short
end

local function is_less(one, other)
  if #one ~= #other then
    return #one < #other
  end
  for index = 1, #one do
    local first, second = string.byte(one, index), string.byte(other, index)
    if first ~= second then
      return first < second
    end
  end
  return false
end

-- The digit at a place, counted from 0 for the last; 0 beyond the first.
local function digit_at(number, place)
  return place < #number and tonumber(string.sub(number, #number - place, #number - place)) or 0
end

-- Adds two numbers in decimal digits, or subtracts the second, which is not greater: Lua's own are not exact beyond 53
-- bits.
local function add_digits(one, other, sign)
  local result, carry = {}, 0
  for place = 0, math.max(#one, #other) - 1 do
    local digit = digit_at(one, place) + sign * digit_at(other, place) + carry
    carry = math.floor(digit / 10)
    table.insert(result, 1, digit - 10 * carry)
  end
  if carry > 0 then
    table.insert(result, 1, carry)
  end
  return without_zeros(table.concat(result))
end

local function counted(number, by)
  if string.sub(by, 1, 1) ~= '-' then
    return add_digits(number, by, 1)
  end
  local magnitude = string.sub(by, 2)
  return is_less(number, magnitude) and '0' or add_digits(number, magnitude, -1)
end

-- Adds to the number that a note is, which is never below 0.
--
-- In: the owner, the name, what to add in decimal digits, and 1 when a note may be made that begins with 0.
-- Out: 0 stored and new, 1 stored: the number in digits; 2 there is none; 3 it is no number, or would be too large;
--   4 no room.
local function count_note(group, take, position)
  local owner, name, by, may_create = take(), take(), take(), take() == '1'
  local note = read(group, notes_key(owner), name)
  if not note and not may_create then
    return { 2 }
  end
  local flags, number = '0', '0'
  if note then
    local kept_flags, _, _, bytes = string.match(note, NOTE)
    flags = kept_flags
    -- No longer value is looked at.
    number = tonumber(bytes) <= 20 and read(group, values_key(owner), name) or ''
  end
  if not string.match(number, '^%d+$') then
    return { 3 }
  end
  number = without_zeros(number)
  local after = counted(number, by)
  if is_less('${MAX_NOTE_NUMBER}', number) or is_less('${MAX_NOTE_NUMBER}', after) then
    return { 3 }
  end
  if not write_notes(group, owner, { { name = name, flags = flags, value = after } }, position) then
    return { 4 }
  end
  return { note and 1 or 0, after }
end

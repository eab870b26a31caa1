-- Reads, at one moment, what a snapshot of the ledger needs beside its log and its batches: Redis carries out nothing else
-- meanwhile.
--
-- Out: the lottery's fields; how many entries the list of all batches has; the FINs; the sums; the draw and its winners;
--   then of each owner that has notes its number, and a list of names and of the numbers in the log at which they were
--   written last.
local PREFIX = '${PREFIX}'
local snapshot = {
  redis.call('HGETALL', PREFIX .. 'lottery'),
  redis.call('LLEN', PREFIX .. 'order'),
  redis.call('LRANGE', PREFIX .. 'finished', 0, -1),
  redis.call('HGETALL', PREFIX .. 'sums'),
  redis.call('HGETALL', PREFIX .. 'draw'),
  redis.call('HGETALL', PREFIX .. 'winners'),
}
for _, owner in ipairs(redis.call('HKEYS', PREFIX .. 'note-sums')) do
  local notes = redis.call('HGETALL', PREFIX .. 'notes:' .. owner)
  for index = 2, #notes, 2 do
    notes[index] = string.match(notes[index], '^%d+,(%d+),') or '0'
  end
  snapshot[#snapshot + 1] = owner
  snapshot[#snapshot + 1] = notes
end
return snapshot

#!lua
-- Keeps a shared value, if what is kept is what the caller knows.
--
-- In: its name; 1 if the caller knows a value, 0 for nothing; that value; the new one. Out: 1 if it is kept now, else 0.
local VALUES = '${PREFIX}shared-values'
local name, has_known, known, value = unpack(ARGV)
if redis.call('HGET', VALUES, name) ~= (has_known == '1' and known) then
  return 0
end
redis.call('HSET', VALUES, name, value)
return 1

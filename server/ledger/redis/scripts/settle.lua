#!lua flags=allow-oom
-- Writes, and leaves nothing. With `appendfsync always` the answer comes behind a sync of the whole file, so that what was
-- read before is durable, also where it was written while another setting was in force.
local TRIAL = '${PREFIX}trial'
redis.call('SET', TRIAL, '')
redis.call('DEL', TRIAL)
return redis.status_reply('OK')

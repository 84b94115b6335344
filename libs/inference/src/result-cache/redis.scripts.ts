/**
 * Redis runs each script as one step. Keys of both: an index of words by the time they were put, a hash of their
 * sizes, and the sum of these. First argument of both: what an entry's key begins with.
 */
const DROP = `
local index, sizes, total, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local function drop(word)
  local size = redis.call('HGET', sizes, word)
  if size then redis.call('DECRBY', total, size) end
  redis.call('HDEL', sizes, word)
  redis.call('ZREM', index, word)
  redis.call('UNLINK', prefix .. word)
end
`;

/**
 * Arguments: prefix, word, value, size, most bytes, milliseconds to live. Takes away what has expired and then the
 * oldest until there is room; gives up after a thousand, so that it never holds Redis up for long. Answers with the
 * entries and bytes that are there now.
 */
export const PUT_SCRIPT = `${DROP}
local word, value, size, most, ttl = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function held() return tonumber(redis.call('GET', total) or '0') end
drop(word)
for _, expired in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now - ttl, 'LIMIT', 0, 100)) do drop(expired) end
local dropped = 0
while held() + size > most and dropped < 1000 do
  local oldest = redis.call('ZRANGE', index, 0, 0)[1]
  if oldest then drop(oldest) else redis.call('DEL', sizes, total) break end
  dropped = dropped + 1
end
if held() + size <= most then
  redis.call('SET', prefix .. word, value, 'PX', ttl)
  redis.call('ZADD', index, now, word)
  redis.call('HSET', sizes, word, size)
  redis.call('INCRBY', total, size)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl) end
end
return { redis.call('ZCARD', index), held() }
`;

/** Arguments: prefix, then words. */
export const FORGET_SCRIPT = `${DROP}
for place = 2, #ARGV do drop(ARGV[place]) end
return #ARGV - 1
`;

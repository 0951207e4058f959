"""The Lua scripts: each is one atomic step of the store, in one round trip.

The server's own clock (`TIME`) decides about leases and due times; `offset` (ms) is 0 outside of tests.
"""

from __future__ import annotations

from typing import Final

_NOW: Final = """
local function now(offset)
  local t = redis.call('TIME')
  local ms = t[1] * 1000 + math.floor(t[2] / 1000)
  return ms, ms + offset
end
"""

# Takes deliveries in: each is stored, due when its first lease ends, and leased to the process that took it, which
# goes on with it at once. KEYS: due, lease, fence, then (seen, in) for each. ARGV: offset, lease ms, seen seconds, how
# many items may be overdue, a word of this try alone, then (item, doc) for each. Returns the server's ms, then for each
# its fence, 0 if it was taken before by another try, or -1 if there is too much to do already.
TAKE: Final = (
    _NOW
    + """
local real, ms = now(tonumber(ARGV[1]))
local out = {real}
local full = redis.call('ZCOUNT', KEYS[1], '-inf', ms) > tonumber(ARGV[4])
for i = 4, #KEYS, 2 do
  local a, word = i + 2, ARGV[5] .. i
  if full then
    out[#out + 1] = redis.call('EXISTS', KEYS[i]) - 1
  elseif redis.call('SET', KEYS[i], word, 'NX', 'EX', ARGV[3]) then
    local fence = redis.call('INCR', KEYS[3])
    redis.call('HSET', KEYS[i + 1], 'v', '1', 'doc', ARGV[a + 1])
    redis.call('ZADD', KEYS[1], ms + tonumber(ARGV[2]), ARGV[a])
    redis.call('HSET', KEYS[2], ARGV[a], fence)
    out[#out + 1] = fence
  elseif redis.call('GET', KEYS[i]) == word then
    out[#out + 1] = redis.call('HGET', KEYS[2], ARGV[a]) or 0
  else
    out[#out + 1] = 0
  end
end
return out
"""
)

# Leases what is due. KEYS: due, lease, fence. ARGV: offset, lease ms, how many at most.
# Returns the server's ms, ms until the next item is due (-1: none), then (item, fence) for each.
CLAIM: Final = (
    _NOW
    + """
local real, ms = now(tonumber(ARGV[1]))
local items = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ms, 'LIMIT', 0, ARGV[3])
local out = {real, -1}
for _, item in ipairs(items) do
  local fence = redis.call('INCR', KEYS[3])
  redis.call('ZADD', KEYS[1], ms + tonumber(ARGV[2]), item)
  redis.call('HSET', KEYS[2], item, fence)
  out[#out + 1] = item
  out[#out + 1] = fence
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if next[2] then out[2] = math.max(0, math.ceil(tonumber(next[2]) - ms)) end
return out
"""
)

# Keeps (or with a lease of 0 gives back) a lease. KEYS: due, lease. ARGV: offset, lease ms, item, fence.
# Returns the server's ms and 1, or 0 when somebody else has the item by now.
RENEW: Final = (
    _NOW
    + """
local real, ms = now(tonumber(ARGV[1]))
if redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[4] then return {real, 0} end
redis.call('ZADD', KEYS[1], ms + tonumber(ARGV[2]), ARGV[3])
if ARGV[2] == '0' then redis.call('HDEL', KEYS[2], ARGV[3]) end
return {real, 1}
"""
)

# All or nothing: every check holds and every command runs, or none does. ARGV[1]: JSON {checks, commands, updates,
# nudges, seized}; keys are named by their number in KEYS, the first three are due, lease and fence. A check is [name,
# key, field or '', wanted...]: the field must have one of these values ('' stands for absent). An update is a command
# that runs only where its key is there. A nudge is [item, ms]: it is due then, unless somebody has it. What is seized
# is [item, ms]: leased until then. Returns {1} and a fence for each that was seized, or {0, name of the first check
# that failed, what was found}.
COMMIT: Final = """
local spec = cjson.decode(ARGV[1])
for _, check in ipairs(spec.checks) do
  local found = redis.call('HGET', KEYS[check[2]], check[3]) or ''
  local good = false
  for i = 4, #check do good = good or found == check[i] end
  if not good then return {0, check[1], found} end
end
for _, command in ipairs(spec.commands) do
  command[2] = KEYS[command[2]]
  redis.call(unpack(command))
end
for _, command in ipairs(spec.updates) do
  command[2] = KEYS[command[2]]
  if redis.call('EXISTS', command[2]) == 1 then redis.call(unpack(command)) end
end
for _, nudge in ipairs(spec.nudges) do
  if redis.call('HEXISTS', KEYS[2], nudge[1]) == 0 then redis.call('ZADD', KEYS[1], nudge[2], nudge[1]) end
end
local out = {1}
for _, seized in ipairs(spec.seized) do
  local fence = redis.call('INCR', KEYS[3])
  redis.call('ZADD', KEYS[1], seized[2], seized[1])
  redis.call('HSET', KEYS[2], seized[1], fence)
  out[#out + 1] = fence
end
return out
"""

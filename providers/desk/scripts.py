"""What the server does in one step for a member: Lua, so that a fencing number is looked at where it is written."""

from __future__ import annotations

from typing import Final

FENCED: Final = "FENCED"
"""The first word of the server's answer to one whose lease has passed on."""
OTHER_SCHEMA: Final = "SCHEMA"
"""The first word of the answer to one who finds a desk of another version."""
TOO_MUCH: Final = "TOOMUCH"
"""The first word of the answer to one who asks for more than anybody reads."""

_FENCE: Final = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('FENCED it passed on') end\n"
"""Begins every script that publishes: KEYS[1] is the lease, ARGV[1] the right to it with its number."""

TAKE: Final = """
local held = redis.call('GET', KEYS[3])
if held and held ~= ARGV[3] then return redis.error_reply('SCHEMA ' .. string.sub(held, 1, 40)) end
local left = redis.call('PTTL', KEYS[1])
-- One that never ends is nobody's: every holder's goes by itself when it is not renewed.
if left == -1 or left > tonumber(ARGV[4]) then redis.call('DEL', KEYS[1]) elseif left >= 0 then return '' end
local number = redis.pcall('INCR', KEYS[2])
local now = redis.call('TIME')
local least = now[1] * 1000000 + now[2]
-- A server that lost its keys must not give out a number twice.
if type(number) ~= 'number' or number < least then
  number = least
  redis.call('SET', KEYS[2], string.format('%.0f', least))
end
local right = string.format('%.0f', number) .. ':' .. ARGV[1]
if not redis.call('SET', KEYS[1], right, 'NX', 'PX', ARGV[2]) then return '' end
redis.call('SET', KEYS[3], ARGV[3])
return right
"""
"""Keys: lease, fence, schema. Arguments: member, milliseconds, schema, the longest anybody's lease runs."""

RENEW: Final = (
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])"
)
RELEASE: Final = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])"

PUBLISH_VINTAGE: Final = (
    _FENCE
    + """
redis.call('SET', KEYS[2], ARGV[2])
redis.call('XADD', KEYS[3], '*', 'v', ARGV[3])
return 1
"""
)
"""Keys: lease, the vintage's own, the stream. Arguments: right, the file, its announcement."""

RETIRE: Final = (
    _FENCE
    + """
redis.call('DEL', KEYS[3])
redis.call('XDEL', KEYS[2], ARGV[2])
return 1
"""
)
"""Keys: lease, the stream, the vintage's own. Arguments: right, the entry."""

PUBLISH_NOTE: Final = (
    _FENCE
    + """
redis.call('SET', KEYS[2], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""
)
"""Keys: lease, the note's own. Arguments: right, the note, the channel, the message."""

PUBLISH_QUOTES: Final = (
    _FENCE
    + """
if ARGV[2] == '1' then redis.call('DEL', KEYS[2]) end
redis.call('SADD', KEYS[3], ARGV[3])
for first = 6, #ARGV, 1000 do
  redis.call('HSET', KEYS[2], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
"""
)
"""Keys: lease, the hash, the set of sources.

Arguments: right, whether the hash begins anew, source, the channel, the message, fields and values.
"""

TELL: Final = (
    _FENCE
    + """
return redis.call('PUBLISH', ARGV[2], ARGV[3])
"""
)
"""Keys: lease. Arguments: right, the channel, the message."""

READ_STREAM: Final = """
local found = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
  local fields, value = entry[2], ''
  if #fields == 2 and fields[1] == 'v' and #fields[2] <= tonumber(ARGV[3]) then value = fields[2] end
  found[#found + 1] = {entry[1], value}
end
return found
"""
"""Keys: the stream. Arguments: the entry before the first, how many, the most bytes of one."""

TAKE_STREAM: Final = """
local found = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])) do
  local fields, value = entry[2], ''
  if #fields == 2 and fields[1] == 'v' and #fields[2] <= tonumber(ARGV[2]) then value = fields[2] end
  found[#found + 1] = {entry[1], value}
  redis.call('XDEL', KEYS[1], entry[1])
end
local left = redis.call('XLEN', KEYS[1])
-- An empty one keeps the largest number it ever had; somebody may have given the last that there is.
if left == 0 or left > tonumber(ARGV[3]) then redis.call('DEL', KEYS[1]) end
return found
"""
"""Keys: the stream. Arguments: how many, the most bytes of one, how many may be left; of more, all are thrown away."""

READ_HASH: Final = """
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then return redis.error_reply('TOOMUCH fields') end
local all, found = redis.call('HGETALL', KEYS[1]), {}
for place = 1, #all, 2 do
  if #all[place] + #all[place + 1] <= tonumber(ARGV[2]) then
    found[#found + 1] = all[place]
    found[#found + 1] = all[place + 1]
  end
end
return found
"""
"""Keys: the hash. Arguments: the most fields, the most bytes of one."""

READ_SET: Final = """
if redis.call('SCARD', KEYS[1]) > tonumber(ARGV[1]) then return redis.error_reply('TOOMUCH members') end
return redis.call('SMEMBERS', KEYS[1])
"""
"""Keys: the set. Arguments: the most members."""

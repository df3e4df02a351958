-- The units of one address, as a generic cell rate algorithm by the clock of Redis; all times are in microseconds.
-- KEYS: when all that is saved up of sends will have come back; when the next look-up may be made.
-- ARGV: take (take one, or say how long to wait), took (the database granted one that was not taken here) or wait (it said how long);
--       time between units; what may be saved up; time between look-ups, 0 for a send; what the database said.
local what, every, saved, between, wait = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

-- What somebody else wrote under our names, of another type or out of all reason, is as good as nothing.
local function get(key, most)
  local value = redis.pcall('GET', key)
  value = type(value) == 'string' and tonumber(value) or 0
  if value ~= value or value > now + most then return 0 end
  return value
end
local function put(key, value)
  redis.call('SET', key, string.format('%.0f', value), 'PX', math.ceil((value - now) / 1000) + 1000)
end

local sends = get(KEYS[1], saved + 60 * every)
local lookups = get(KEYS[2], 60 * every)
local function took()
  put(KEYS[1], math.max(sends, now) + every)
  if between > 0 then put(KEYS[2], now + between) end
  return 0
end
if what == 'took' then return took() end
if what == 'wait' then
  if between > 0 then put(KEYS[2], now + wait) else put(KEYS[1], now + saved + wait) end
  return 0
end
local left = sends - now - saved
if between > 0 then left = math.max(left, lookups - now) end
if left > 0 then return math.ceil(left) end
return took()

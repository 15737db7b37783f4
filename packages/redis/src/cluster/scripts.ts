// The scripts that change the record, each one atomic. KEYS: the record, and the key that says that its
// cluster is alive. No line has two calls: an error of Redis has the line of the call, and the line tells
// which right is missing.

const FIELDS = "'cluster', 'generation', 'founders', 'mac', 'over', 'fence', 'lease', 'term'"

/** What is in the record. A key of another type counts as a record without fields. */
const FOUND = `
local found = redis.pcall('HMGET', KEYS[1], ${FIELDS})
local isOtherType = found.err and string.find(found.err, 'WRONGTYPE', 1, true)
if found.err and not isOtherType then
  return redis.call('HMGET', KEYS[1], ${FIELDS})
end
if isOtherType then found = {} end
local version = redis.sha1hex(found[1] or '') .. (isOtherType and 't' or '')`

/** A key without a time to live was not made by these scripts. */
const IS_ALIVE = "redis.call('PTTL', KEYS[2]) > 0"

/** Returns the fields, whether the cluster is alive, the version, and the time of Redis. */
export const READ: string = `${FOUND}
local alive = ${IS_ALIVE} and 1 or 0
local fields = {}
for at = 1, 8 do fields[at] = found[at] or false end
return {fields, alive, version, redis.call('TIME'), isOtherType and 1 or 0}`

/**
 * ARGV: cluster id, generation, founders, MAC, time to live, whether to return a fence, lease, term. A fence is
 * the time in microseconds since 1970, or the last fence plus one if that is greater.
 */
export const RENEW: string = `${FOUND}
if isOtherType or (found[1] and found[1] ~= ARGV[1]) then return {'superseded'} end
if not (${IS_ALIVE}) then return {'lapsed'} end
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'lapsed'} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[5])
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] or found[3] ~= ARGV[3] or found[4] ~= ARGV[4] then
  redis.call('HSET', KEYS[1], 'cluster', ARGV[1], 'generation', ARGV[2], 'founders', ARGV[3], 'mac', ARGV[4])
end
local isEarlierTerm = tonumber(ARGV[8]) < (tonumber(found[8]) or 0)
local lease = tonumber(found[7]) or 0
if (not isEarlierTerm and found[7] ~= ARGV[7]) or lease < tonumber(ARGV[7]) then
  redis.call('HSET', KEYS[1], 'lease', ARGV[7])
end
if not isEarlierTerm and found[8] ~= ARGV[8] then
  redis.call('HSET', KEYS[1], 'term', ARGV[8])
end
if ARGV[6] == '0' then return {'renewed', '0'} end
local time = redis.call('TIME')
local fence = time[1] * 1000000 + time[2]
local last = tonumber(found[6]) or 0
if last >= fence then fence = last + 1 end
local text = string.format('%.0f', fence)
redis.call('HSET', KEYS[1], 'fence', text)
return {'renewed', text}`

/**
 * ARGV: cluster id, generation, founders, MAC, time to live; the version of the record to replace, how many of
 * its voters may be missing, the channels of its voters. Returns the lease of the clusters before, or nothing.
 * Redis does not undo a script that fails for want of a right. So the first HSET changes nothing, and tells
 * whether the last one will succeed.
 */
export const CLAIM: string = `${FOUND}
if version ~= ARGV[6] then return false end
if found[5] ~= '1' and ${IS_ALIVE} then
  local missing = 0
  for at = 8, #ARGV do
    if redis.call('PUBSUB', 'NUMSUB', ARGV[at])[2] == 0 then missing = missing + 1 end
  end
  if missing <= tonumber(ARGV[7]) then return false end
end
if isOtherType then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'fence', found[6] or '0')
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[5])
local fields = {'cluster', ARGV[1], 'generation', ARGV[2], 'founders', ARGV[3], 'mac', ARGV[4], 'over', '0', 'term', '0'}
redis.call('HSET', KEYS[1], unpack(fields))
return found[7] or '0'`

/** ARGV: cluster id. */
export const END: string = `
if redis.call('HGET', KEYS[1], 'cluster') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'over', '1')
redis.call('DEL', KEYS[2])
return 1`

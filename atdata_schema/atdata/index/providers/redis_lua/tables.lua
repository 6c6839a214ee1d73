-- The tables of an Index in Redis or Valkey, and all that is done with them. Every call is one run of this
-- script, and the server runs one at a time: what a run looks at cannot change before it is through, and what
-- it writes is visible as a whole. It looks first and writes then, so a refusal leaves nothing behind.
--
-- KEYS[1] is the prefix of all keys, ARGV[1] the command, the rest its arguments. The answer begins with 'ok',
-- or with what is wrong: 'layout', 'lease', 'condemned', 'conflict', 'exists' or 'target'.
--
-- Names and versions are never part of a key: they are fields of hashes and members of sorted sets, where no
-- character means anything. `member` is name, a zero byte, and the version as a text that sorts as versions do.
-- A sorted set here has the score 0 throughout, so it is in order of its members' bytes. Lua's own `<` of texts
-- follows the locale of the server, so it is never used.
--
--   layout        the version of this layout
--   counter       the last number of a dataset
--   entries       hash: member -> the entry in JSON
--   facts         hash: member -> the time as 20 digits, postings and digests, with zero bytes between
--   order         sorted set: every member
--   latest        hash: name -> the sort key of its latest version
--   names         sorted set: every name
--   numbers       hash: name -> the number of the dataset
--   shown         hash: number -> the time of the latest version as 20 digits, and the name
--   postings      sorted set: '<place><word> <number>', and the same of tags, fields and schemas
--   schemas, types, schema-order    the same of schemas: JSON, type CID, order
--   labels        hash: label -> name, sort key, version and time, with zero bytes between
--   labels-of     sorted set: name, a zero byte, label
--   uses          hash: digest -> how many entries have it                                    (since layout 2)
--   leases        hash: token -> store, kind, host and pid, with zero bytes between           (since layout 2)
--   renewed       hash: token -> seconds since 1970                                           (since layout 2)
--   claims        hash: digest -> how many leases claim it                                    (since layout 2)
--   claimed:<token>    set of digests                                                         (since layout 2)
--   condemned     hash: digest -> token                                                       (since layout 2)
--   condemned:<token>  set of digests                                                         (since layout 2)
--   identity      what these tables are called, so that they are told from others             (since layout 3)
--   lenses        hash: name -> CID, CID of the source, CID of the view, JSON, with zero bytes between (since layout 4)
--   lens-order    sorted set: every name of a lens                                            (since layout 4)

local LAYOUT = 4
local PREFIX = KEYS[1]
local call = redis.call

local function key(name)
  return PREFIX .. name
end

local ENTRIES, FACTS, ORDER = key('entries'), key('facts'), key('order')
local LATEST, NAMES, NUMBERS = key('latest'), key('names'), key('numbers')
local SHOWN, POSTINGS = key('shown'), key('postings')
local SCHEMAS, TYPES, SCHEMA_ORDER = key('schemas'), key('types'), key('schema-order')
local LABELS, LABELS_OF = key('labels'), key('labels-of')
local LENSES, LENS_ORDER = key('lenses'), key('lens-order')
local USES, LEASES, RENEWED = key('uses'), key('leases'), key('renewed')
local CLAIMS, CONDEMNED = key('claims'), key('condemned')

-- Texts.

local function split(text, separator)
  local parts, from = {}, 1
  while true do
    local at = string.find(text, separator, from, true)
    if not at then
      parts[#parts + 1] = string.sub(text, from)
      return parts
    end
    parts[#parts + 1] = string.sub(text, from, at - 1)
    from = at + 1
  end
end

local function lines(text)
  return string.gmatch(text, '[^\n]+')
end

local function member(name, sort)
  return name .. '\0' .. sort
end

-- Sorted sets of `name \0 something`.

local function all_of(set, name)
  return call('ZRANGEBYLEX', set, '[' .. name .. '\0', '(' .. name .. '\1')
end

-- The last release of a name, or the last pre-release where there is no release; its sort key.
local function latest_of(set, name)
  local at, best = 0, nil
  while true do
    local found = call('ZREVRANGEBYLEX', set, '(' .. name .. '\1', '[' .. name .. '\0', 'LIMIT', at, 20)
    for _, item in ipairs(found) do
      local sort = string.sub(item, #name + 2)
      if string.sub(sort, -1) == '~' then
        return sort
      end
      best = best or sort
    end
    if #found < 20 then
      return best
    end
    at = at + 20
  end
end

-- A page of what follows a member in a sorted set.
local function page(set, after, count)
  local from = after == '' and '-' or '(' .. after
  return call('ZRANGEBYLEX', set, from, '+', 'LIMIT', 0, count)
end

-- The values of many fields, as many at once as Lua can pass.
local function values(hash, fields)
  local found = {}
  for from = 1, #fields, 1000 do
    local some = call('HMGET', hash, unpack(fields, from, math.min(from + 999, #fields)))
    for at = 1, #some do
      found[from + at - 1] = some[at]
    end
  end
  return found
end

local function count_down(hash, field)
  if call('HINCRBY', hash, field, -1) <= 0 then
    call('HDEL', hash, field)
  end
end

-- What a dataset is found by: the postings of its latest version.

local function unindex(name)
  local sort, number = call('HGET', LATEST, name), call('HGET', NUMBERS, name)
  if sort then
    local facts = split(call('HGET', FACTS, member(name, sort)), '\0')
    for posting in lines(facts[2]) do
      call('ZREM', POSTINGS, posting .. ' ' .. number)
    end
  end
end

local function show(name, sort)
  unindex(name)
  local number = call('HGET', NUMBERS, name)
  if not number then
    number = tostring(call('INCR', key('counter')))
    call('HSET', NUMBERS, name, number)
    call('ZADD', NAMES, 0, name)
  end
  local facts = split(call('HGET', FACTS, member(name, sort)), '\0')
  call('HSET', LATEST, name, sort)
  call('HSET', SHOWN, number, facts[1] .. name)
  for posting in lines(facts[2]) do
    call('ZADD', POSTINGS, 0, posting .. ' ' .. number)
  end
end

local function hide(name)
  call('HDEL', SHOWN, call('HGET', NUMBERS, name))
  call('HDEL', NUMBERS, name)
  call('HDEL', LATEST, name)
  call('ZREM', NAMES, name)
end

-- Layouts.

local STEPS = {
  -- 1: the catalogue. There are no tables to be made.
  function() end,
  -- 2: what keeps writers and collectors apart.
  function()
    for _, item in ipairs(call('ZRANGE', ORDER, 0, -1)) do
      for digest in lines(split(call('HGET', FACTS, item), '\0')[3]) do
        call('HINCRBY', USES, digest, 1)
      end
    end
  end,
  -- 3: the identity, which the client makes at random.
  function()
    call('SET', key('identity'), ARGV[2], 'NX')
  end,
  -- 4: lenses. There are no tables to be made.
  function() end,
}

local function upgrade(layout)
  for version = layout + 1, LAYOUT do
    STEPS[version]()
  end
  call('SET', key('layout'), LAYOUT)
  return { 'ok' }
end

-- Commands. `at` walks through the arguments.

local at = 1

local function take()
  at = at + 1
  return ARGV[at]
end

local function rest()
  local found = {}
  for from = at + 1, #ARGV do
    found[#found + 1] = ARGV[from]
  end
  return found
end

local commands = {}

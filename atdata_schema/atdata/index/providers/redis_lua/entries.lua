-- Schemas and entries.

local function read_schemas()
  local rows = {}
  for number = 1, tonumber(take()) do
    rows[number] = { id = take(), sort = take(), cid = take(), body = take() }
  end
  return rows
end

-- The schema whose version names another type, with that one; none where all may be stored.
local function conflicting(rows)
  local given = {}
  for number, row in ipairs(rows) do
    local item = member(row.id, row.sort)
    local cid = given[item] or call('HGET', TYPES, item)
    if cid and cid ~= row.cid then
      return { 'conflict', number, cid }
    end
    given[item] = row.cid
  end
end

local function store_schemas(rows)
  for _, row in ipairs(rows) do
    local item = member(row.id, row.sort)
    if call('HSETNX', TYPES, item, row.cid) == 1 then
      call('HSET', SCHEMAS, item, row.body)
      call('ZADD', SCHEMA_ORDER, 0, item)
    end
  end
end

commands['add-schema'] = function()
  local rows = read_schemas()
  local refusal = conflicting(rows)
  if refusal then
    return refusal
  end
  store_schemas(rows)
  return { 'ok' }
end

local function find(set, hash)
  local name, sort = take(), take()
  if sort == '' then
    sort = latest_of(set, name)
  end
  return { 'ok', sort and call('HGET', hash, member(name, sort)) }
end

commands['schema'] = function()
  return find(SCHEMA_ORDER, SCHEMAS)
end

commands['schemas'] = function()
  local found = page(SCHEMA_ORDER, take(), tonumber(take()))
  return { 'ok', found[#found] or '', values(SCHEMAS, found) }
end

local function end_claims(token)
  for _, digest in ipairs(call('SMEMBERS', key('claimed:' .. token))) do
    count_down(CLAIMS, digest)
  end
  call('DEL', key('claimed:' .. token))
end

local function read_entries()
  local rows = {}
  for number = 1, tonumber(take()) do
    local row = { name = take(), sort = take(), body = take(), facts = take(), kept = take() }
    row.member = member(row.name, row.sort)
    rows[number] = row
  end
  return rows
end

-- Why entries may not be added; nothing where they may.
local function refused(token, schemas, rows)
  if token ~= '' and call('HEXISTS', LEASES, token) == 0 then
    return { 'lease' }
  end
  for number, row in ipairs(rows) do
    for digest in lines(row.kept) do
      if call('HEXISTS', CONDEMNED, digest) == 1 then
        return { 'condemned', number, digest }
      end
    end
  end
  local conflict = conflicting(schemas)
  if conflict then
    return conflict
  end
  local given = {}
  for number, row in ipairs(rows) do
    if given[row.member] or call('HEXISTS', ENTRIES, row.member) == 1 then
      return { 'exists', number }
    end
    given[row.member] = true
  end
end

commands['add'] = function()
  local token, schemas, rows = take(), read_schemas(), read_entries()
  local refusal = refused(token, schemas, rows)
  if refusal then
    return refusal
  end
  store_schemas(schemas)
  for _, row in ipairs(rows) do
    call('HSET', ENTRIES, row.member, row.body)
    call('HSET', FACTS, row.member, row.facts)
    call('ZADD', ORDER, 0, row.member)
    for digest in lines(split(row.facts, '\0')[3]) do
      call('HINCRBY', USES, digest, 1)
    end
    if latest_of(ORDER, row.name) == row.sort then
      show(row.name, row.sort)
    end
  end
  if token ~= '' then
    end_claims(token)
  end
  return { 'ok' }
end

commands['entry'] = function()
  local name, sort = take(), take()
  if sort == '' then
    sort = call('HGET', LATEST, name)
  end
  return { 'ok', sort and call('HGET', ENTRIES, member(name, sort)) }
end

commands['versions'] = function()
  return { 'ok', all_of(ORDER, take()) }
end

commands['latest-entries'] = function()
  local names = page(NAMES, take(), tonumber(take()))
  local found = {}
  for number, sort in ipairs(values(LATEST, names)) do
    found[number] = member(names[number], sort)
  end
  return { 'ok', names[#names] or '', values(ENTRIES, found) }
end

commands['every-entry'] = function()
  local found = page(ORDER, take(), tonumber(take()))
  return { 'ok', found[#found] or '', values(ENTRIES, found) }
end

commands['delete'] = function()
  local name, sort = take(), take()
  local gone, bodies, removed = {}, {}, {}
  if sort == '' then
    gone = all_of(ORDER, name)
  elseif call('HEXISTS', ENTRIES, member(name, sort)) == 1 then
    gone = { member(name, sort) }
  end
  if #gone == 0 then
    return { 'ok', bodies }
  end
  local latest = call('HGET', LATEST, name)
  for number, item in ipairs(gone) do
    bodies[number] = call('HGET', ENTRIES, item)
    removed[string.sub(item, #name + 2)] = true
  end
  if removed[latest] then
    unindex(name)
    call('HDEL', LATEST, name)
  end
  for _, item in ipairs(gone) do
    for digest in lines(split(call('HGET', FACTS, item), '\0')[3]) do
      count_down(USES, digest)
    end
    call('HDEL', ENTRIES, item)
    call('HDEL', FACTS, item)
    call('ZREM', ORDER, item)
  end
  for _, item in ipairs(all_of(LABELS_OF, name)) do
    local label = string.sub(item, #name + 2)
    if removed[split(call('HGET', LABELS, label), '\0')[2]] then
      call('HDEL', LABELS, label)
      call('ZREM', LABELS_OF, item)
    end
  end
  if removed[latest] then
    local left = latest_of(ORDER, name)
    if left then
      show(name, left)
    else
      hide(name)
    end
  end
  return { 'ok', bodies }
end

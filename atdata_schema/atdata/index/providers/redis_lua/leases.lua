-- Labels; leases, claims and what is condemned.

local function forget_label(label)
  local value = call('HGET', LABELS, label)
  if not value then
    return 0
  end
  call('ZREM', LABELS_OF, member(split(value, '\0')[1], label))
  return call('HDEL', LABELS, label)
end

commands['set-label'] = function()
  local label, name, sort, version, created = take(), take(), take(), take(), take()
  if call('HEXISTS', ENTRIES, member(name, sort)) == 0 then
    return { 'target' }
  end
  forget_label(label)
  call('HSET', LABELS, label, table.concat({ name, sort, version, created }, '\0'))
  call('ZADD', LABELS_OF, 0, member(name, label))
  return { 'ok' }
end

commands['label'] = function()
  return { 'ok', call('HGET', LABELS, take()) }
end

commands['labels'] = function()
  return { 'ok', call('HGETALL', LABELS) }
end

commands['labels-of'] = function()
  local name, found = take(), {}
  for _, item in ipairs(all_of(LABELS_OF, name)) do
    local label = string.sub(item, #name + 2)
    found[#found + 1] = label
    found[#found + 1] = call('HGET', LABELS, label)
  end
  return { 'ok', found }
end

commands['delete-label'] = function()
  return { 'ok', forget_label(take()) }
end

commands['identity'] = function()
  return { 'ok', call('GET', key('identity')) }
end

local function now()
  local time = call('TIME')
  return time[1] .. '.' .. string.format('%06d', tonumber(time[2]))
end

commands['lease'] = function()
  local token, value = take(), take()
  call('HSET', LEASES, token, value)
  call('HSET', RENEWED, token, now())
  return { 'ok' }
end

commands['renew'] = function()
  local token = take()
  if call('HEXISTS', LEASES, token) == 0 then
    return { 'ok', 0 }
  end
  call('HSET', RENEWED, token, now())
  return { 'ok', 1 }
end

commands['release'] = function()
  local token = take()
  call('HDEL', LEASES, token)
  call('HDEL', RENEWED, token)
  end_claims(token)
  for _, digest in ipairs(call('SMEMBERS', key('condemned:' .. token))) do
    call('HDEL', CONDEMNED, digest)
  end
  call('DEL', key('condemned:' .. token))
  return { 'ok' }
end

commands['leases'] = function()
  return { 'ok', now(), call('HGETALL', LEASES), call('HGETALL', RENEWED) }
end

commands['claim'] = function()
  local token, condemned = take(), {}
  if call('HEXISTS', LEASES, token) == 0 then
    return { 'lease' }
  end
  for _, digest in ipairs(rest()) do
    if call('HEXISTS', CONDEMNED, digest) == 1 then
      condemned[#condemned + 1] = digest
    elseif call('SADD', key('claimed:' .. token), digest) == 1 then
      call('HINCRBY', CLAIMS, digest, 1)
    end
  end
  return { 'ok', condemned }
end

commands['condemn'] = function()
  local token, mine = take(), {}
  if call('HEXISTS', LEASES, token) == 0 then
    return { 'lease' }
  end
  for _, digest in ipairs(rest()) do
    local owner = call('HGET', CONDEMNED, digest)
    local needed = call('HEXISTS', USES, digest) == 1 or call('HEXISTS', CLAIMS, digest) == 1
    if not owner and not needed then
      call('HSET', CONDEMNED, digest, token)
      call('SADD', key('condemned:' .. token), digest)
      owner = token
    end
    if owner == token then
      mine[#mine + 1] = digest
    end
  end
  return { 'ok', mine }
end

commands['absolve'] = function()
  local token = take()
  for _, digest in ipairs(rest()) do
    if call('SREM', key('condemned:' .. token), digest) == 1 then
      call('HDEL', CONDEMNED, digest)
    end
  end
  return { 'ok' }
end

-- Lenses.

commands['add-lens'] = function()
  local name, cid, source, view, body = take(), take(), take(), take(), take()
  local stored = call('HGET', LENSES, name)
  if not stored then
    call('HSET', LENSES, name, table.concat({ cid, source, view, body }, '\0'))
    call('ZADD', LENS_ORDER, 0, name)
    return { 'ok' }
  end
  local there = split(stored, '\0')[1]
  if there ~= cid then
    return { 'lens', there }
  end
  return { 'ok' }
end

commands['lens'] = function()
  local stored = call('HGET', LENSES, take())
  return { 'ok', stored and split(stored, '\0')[4] }
end

-- A page of all lenses, and those of it that lead from and to types and have a CID; '' asks for nothing.
commands['lenses'] = function()
  local names = page(LENS_ORDER, take(), tonumber(take()))
  local source, view, cid = take(), take(), take()
  local found = {}
  for _, stored in ipairs(values(LENSES, names)) do
    local parts = split(stored, '\0')
    if
      (cid == '' or cid == parts[1])
      and (source == '' or source == parts[2])
      and (view == '' or view == parts[3])
    then
      found[#found + 1] = parts[4]
    end
  end
  return { 'ok', names[#names] or '', found }
end

commands['delete-lens'] = function()
  local name = take()
  call('ZREM', LENS_ORDER, name)
  return { 'ok', call('HDEL', LENSES, name) }
end

-- Searching.

-- The numbers of the datasets with a posting; `last` is the byte after all that may follow it.
local function posted(posting, last, into, place)
  for _, item in ipairs(call('ZRANGEBYLEX', POSTINGS, '[' .. posting, '(' .. posting .. last)) do
    local number = string.match(item, ' (%d+)$')
    if not into[number] then
      into[number] = place
    end
  end
  return into
end

-- The numbers that stand in both, with the worse of their places.
local function both(first, second)
  if not first then
    return second
  end
  local found = {}
  for number, place in pairs(first) do
    local other = second[number]
    if other then
      found[number] = math.max(place, other)
    end
  end
  return found
end

local function numbers_of(words, exact)
  local found
  for _, posting in ipairs(exact) do
    found = both(found, posted(posting .. ' ', '\255', {}, 1))
  end
  for _, word in ipairs(words) do
    local there = {}
    for place, letter in ipairs({ 'A', 'B', 'C', 'D' }) do
      posted(letter .. word, '\255', there, place)
    end
    found = both(found, there)
  end
  if not found then
    found = {}
    for _, number in ipairs(call('HKEYS', SHOWN)) do
      found[number] = 1
    end
  end
  return found
end

local function stands_before(first, second)
  for index = 1, math.min(#first, #second) do
    local one, other = string.byte(first, index), string.byte(second, index)
    if one ~= other then
      return one < other
    end
  end
  return #first < #second
end

-- Of equally good ones the newest stands first, of equally old ones the first by name.
local function is_newer(first, second)
  if first.second ~= second.second then
    return first.second > second.second
  end
  if first.fraction ~= second.fraction then
    return first.fraction > second.fraction
  end
  return stands_before(first.name, second.name)
end

-- The names of what was found, the best first; no more are sorted than are asked for.
local function sorted(found, limit)
  local places, numbers, names = { {}, {}, {}, {} }, {}, {}
  for number in pairs(found) do
    numbers[#numbers + 1] = number
  end
  for index, shown in ipairs(values(SHOWN, numbers)) do
    local rows = places[found[numbers[index]]]
    rows[#rows + 1] = {
      second = tonumber(string.sub(shown, 1, 14)),
      fraction = tonumber(string.sub(shown, 15, 20)),
      name = string.sub(shown, 21),
    }
  end
  for _, rows in ipairs(places) do
    if #names < limit then
      table.sort(rows, is_newer)
      for index = 1, math.min(#rows, limit - #names) do
        names[#names + 1] = rows[index].name
      end
    end
  end
  return names
end

commands['search'] = function()
  local limit, words = tonumber(take()), {}
  for number = 1, tonumber(take()) do
    words[number] = take()
  end
  local names = sorted(numbers_of(words, rest()), limit)
  local found = {}
  for number, sort in ipairs(values(LATEST, names)) do
    found[number] = member(names[number], sort)
  end
  return { 'ok', values(ENTRIES, found) }
end

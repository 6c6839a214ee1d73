-- Running a command, where the layout is the one of this script.

local layout = tonumber(call('GET', key('layout')) or 0)
if ARGV[1] == 'upgrade' and layout <= LAYOUT then
  return upgrade(layout)
end
if layout ~= LAYOUT then
  return { 'layout', layout, LAYOUT }
end
return commands[ARGV[1]]()

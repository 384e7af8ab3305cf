-- Addresses to screen for wrk: one in a hundred is listed, the others are random.
-- LISTED=0x… in the environment names the listed one.
local listed = os.getenv("LISTED")
local bodies = {}

function init(args)
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for i = 1, 10000 do
    local address = listed
    if i % 100 ~= 0 then
      local digits = {}
      for d = 1, 40 do digits[d] = string.format("%x", math.random(0, 15)) end
      address = "0x" .. table.concat(digits)
    end
    -- Made here once, so that the generator's own work is that of a GET.
    bodies[i] = wrk.format(nil, nil, nil, '{"address":"' .. address .. '"}')
  end
end

local at = 0
function request()
  at = at % #bodies + 1
  return bodies[at]
end

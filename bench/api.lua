-- For wrk, by bench/api.py: wrk … -s bench/api.lua URL -- TOKEN posts | reads RATE FIRST LAST
-- posts: new orders, as fast as the connections bear. reads: rows FIRST to LAST in no order, RATE a second in all.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *now);
]]
local monotonic = 1
local moment = ffi.new("moment")
local threads = {}

local function now()
  ffi.C.clock_gettime(monotonic, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
  for _, each in ipairs(threads) do each:set("threads_in_all", #threads) end
end

function init(arguments)
  good, bad = 0, 0
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
  posts = arguments[2] == "posts"
  if posts then
    wrk.headers["Content-Type"] = "application/json"
    order = wrk.format("POST", "/api/orders",
      nil, '{"customerId":7,"items":[{"productId":"mug","quantity":2,"productPrice":12.50}]}')
    return
  end
  rate, first, last = tonumber(arguments[3]), tonumber(arguments[4]), tonumber(arguments[5])
  math.randomseed(number + 1)
  due = now()
end

function request()
  if posts then return order end
  return wrk.format("GET", "/api/orders/store/" .. string.format("%d", math.random(first, last)))
end

-- Milliseconds until the next read. What was missed is made up for, but for what is older than a tenth of a second.
local function until_due()
  local at = now()
  due = math.max(due + threads_in_all / rate, at - 0.1)
  return math.max(0, math.floor((due - at) * 1000))
end
function delay()
  return posts and 0 or until_due()
end

function response(status)
  if status == (posts and 201 or 200) then good = good + 1 else bad = bad + 1 end
end

function done(summary, latency)
  local sum = { good = 0, bad = 0 }
  for _, thread in ipairs(threads) do
    sum.good = sum.good + thread:get("good")
    sum.bad = sum.bad + thread:get("bad")
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"good":%d,"bad":%d,"errors":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"max_ms":%f}\n', sum.good, sum.bad,
    errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end

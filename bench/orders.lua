-- wrk script: places orders. AGIZO_BENCH_FILE names a file with one "token<TAB>phone" a line, then a blank line, then
-- product ids; AGIZO_BENCH_PORTS the ports of the services, one a thread. `hot` as the script's argument makes every
-- order a single line of the first product.
local customers, products, ports = {}, {}, {}
local counter, threads = 0, 0
-- Global, because wrk sets it from outside.
thread_id = 0

for port in (os.getenv("AGIZO_BENCH_PORTS") or ""):gmatch("%d+") do ports[#ports + 1] = port end

function setup(thread)
  thread:set("thread_id", threads)
  thread.addr = wrk.lookup("127.0.0.1", ports[threads % #ports + 1])[1]
  threads = threads + 1
end

function init(args)
  local hot = args[1] == "hot"
  local target = customers
  for line in io.lines(os.getenv("AGIZO_BENCH_FILE")) do
    if line == "" then target = products else target[#target + 1] = line end
  end
  math.randomseed(os.time() + thread_id * 7919)
  local function body_of(phone)
    if hot then
      return function() return '{"items":[{"product":"' .. products[1] .. '","quantity":1}],"phone_number":"' .. phone .. '"}' end
    end
    local half = math.floor(#products / 2)
    return function()
      return '{"items":[{"product":"' .. products[math.random(1, half)] .. '","quantity":2},{"product":"'
        .. products[math.random(half + 1, #products)] .. '","quantity":1}],"phone_number":"' .. phone .. '"}'
    end
  end
  for index, line in ipairs(customers) do
    local token, phone = line:match("^(%S+)\t(%S+)$")
    local body = body_of(phone)
    customers[index] = {
      head = "POST /api/v1/orders/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. token
        .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body() .. "\r\nIdempotency-Key: ",
      body = body,
    }
  end
  prefix = string.format("%x-%x-", os.time(), thread_id) .. math.random(1, 1000000000) .. "-"
end

function request()
  local customer = customers[math.random(1, #customers)]
  counter = counter + 1
  return customer.head .. prefix .. counter .. "\r\n\r\n" .. customer.body()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"refused":%d,"socketErrors":%d,"seconds":%.3f,"p50Ms":%.3f,"p95Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end

-- wrk script: places orders. AGIZO_BENCH names a file with one "token<TAB>phone" a line, then a blank line, then product ids.
-- `hot` as the script's argument makes every order a single line of the first product.
local customers, products = {}, {}
local counter, thread_id = 0, 0
local threads = 0

function setup(thread)
  thread:set("thread_id", threads)
  threads = threads + 1
end

function init(args)
  local hot = args[1] == "hot"
  local target = customers
  for line in io.lines(os.getenv("AGIZO_BENCH")) do
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
  local refused = summary.errors.status
  io.write(string.format('{"requests":%d,"refused":%d,"socketErrors":%d,"seconds":%.3f,"p50Ms":%.2f,"p90Ms":%.2f,"p99Ms":%.2f,"maxMs":%.2f}\n',
    summary.requests, refused, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(90) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end

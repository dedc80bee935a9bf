-- wrk script: reads. The arguments are a bearer token (or "-") and the paths to ask for in turn.
local requests, counter = {}, 0

function init(args)
  local header = args[1] ~= "-" and ("Authorization: Bearer " .. args[1] .. "\r\n") or ""
  for index = 2, #args do
    requests[#requests + 1] = "GET " .. args[index] .. " HTTP/1.1\r\nHost: localhost\r\n" .. header .. "\r\n"
  end
end

function request()
  counter = counter + 1
  return requests[counter % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"refused":%d,"socketErrors":%d,"seconds":%.3f,"p50Ms":%.3f,"p95Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end

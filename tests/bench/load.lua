-- For wrk: sends the requests of a file in turn, lines of method, path and body parted by tabs. {new} in a body becomes
-- a word that occurs once. Arguments: the file, the beginning of such words. BENCH_TOKEN: the bearer token.
-- The last line of the output is JSON; times are in microseconds.

local requests, templates, sent = {}, {}, 0

function init(arguments)
	local headers = { Authorization = "Bearer " .. os.getenv("BENCH_TOKEN"), Accept = "application/scim+json" }
	local with_body = { Authorization = headers.Authorization, Accept = headers.Accept,
		["Content-Type"] = "application/scim+json" }
	word = arguments[2]
	for line in io.lines(arguments[1]) do
		local method, path, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
		if body == "" then
			table.insert(requests, wrk.format(method, path, headers))
		else
			table.insert(templates, { method, path, with_body, body })
		end
	end
end

function request()
	sent = sent + 1
	if #requests > 0 then
		return requests[sent % #requests + 1]
	end
	local template = templates[sent % #templates + 1]
	local body = template[4]:gsub("{new}", word .. "-" .. sent)
	return wrk.format(template[1], template[2], template[3], body)
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		'{"requests":%d,"seconds":%f,"p50_us":%d,"p99_us":%d,"bytes":%d,"failed":%d}\n',
		summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
		summary.bytes / summary.requests,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

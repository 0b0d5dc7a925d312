-- request_named: says which SCIM request the transaction serves (scim.request()).
-- $1 JSON object of id, token, address, agent, method, route and milliseconds
SELECT set_config('scim.request', $1, true)

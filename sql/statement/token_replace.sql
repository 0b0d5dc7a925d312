-- token_replace: a new token of the same label and scopes; the old one lives on for its grace.
-- $1 org, $2 id of the old token, $3 grace as an interval, $4 lifetime as an
-- interval, or NULL and $5 the time of expiry
SELECT made.id, made.label, to_char(made.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires, made.secret,
       to_char(made.old_ends AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS old_ends
  FROM scim.swap_token($1, $2::uuid, $3::interval, coalesce(now() + $4::interval, $5::timestamptz)) AS made

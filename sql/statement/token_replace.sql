-- token_replace: a new token of the same label and scopes; the old one lives on for its grace.
-- $1 org, $2 id of the old token, $3 grace as an interval, or NULL and
-- $4 when it ends, $5 lifetime as an interval, or NULL and $6 the time of expiry
SELECT made.id, made.label, to_char(made.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires, made.secret,
       to_char(made.old_ends AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS old_ends
  FROM scim.swap_token($1, $2::uuid, coalesce($3::interval, $4::timestamptz - now()),
                       coalesce(now() + $5::interval, $6::timestamptz)) AS made

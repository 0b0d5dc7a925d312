-- guard_release: lets removals of an organization pass for a time.
-- $1 org, $2 how long (interval), or NULL and $3 until when
-- No row: there is no such organization.
SELECT refused, to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until
  FROM scim.guard_release($1, coalesce($2::interval, $3::timestamptz - clock_timestamp()))

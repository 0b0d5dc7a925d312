-- group_log: the row of request_log for a group that was written.
-- $1 org, $2 id, $3 action, $4 HTTP status
SELECT scim.log_group($1, $2::uuid, $3, $4::integer)

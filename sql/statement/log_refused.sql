-- log_refused: one row of request_log for what was refused or failed.
-- $1 org, $2 action, $3 resource type, $4 id; as sent: $5 subject, $6 email, $7 externalId;
-- $8 HTTP status, $9 scimType, $10 reason, $11 $12 $13 its arguments, $14 sentence
SELECT scim.log_refused($1, $2, $3, $4::uuid, $5, $6, $7, $8::integer, $9, $10,
                        nullif(array_remove(ARRAY[$11, $12, $13]::text[], NULL), '{}'), $14)

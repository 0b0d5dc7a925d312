-- import_batch: merges what was copied to pg_temp.import_rows.
-- $1 org, $2 run, $3 match or NULL, $4 how managers are named: reference, external_id, user_name,
-- $5 records that could not be read (jsonb array), $6 how many changes to tell of,
-- $7 beside another batch, so only if all are new (boolean)
SELECT done.line, done.resource_type, done.action, done.subject, done.sentence, done.changes
  FROM scim.import_batch($1, $2::uuid, $3, $4, $5::jsonb, $6::bigint, $7::boolean) AS done
 WHERE $7::boolean OR scim.import_lock($1)

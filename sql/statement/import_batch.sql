-- import_batch: merges what was copied to pg_temp.import_rows, and moves the mark.
-- $1 org, $2 run, $3 match or NULL, $4 records of the file that are done with then,
-- $5 records that could not be read (jsonb array), $6 how many changes to tell of
SELECT done.line, done.resource_type, done.action, done.subject, done.sentence, done.changes
  FROM scim.import_batch($1, $2::uuid, $3, $4::bigint, $5::jsonb, $6::bigint) AS done
 WHERE scim.import_lock($1)

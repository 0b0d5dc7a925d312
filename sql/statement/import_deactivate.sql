-- import_deactivate: deactivates who is not among the records of a run.
-- $1 org, $2 run, $3 at most so many
SELECT done.line, done.resource_type, done.action, done.subject, done.sentence, done.changes
  FROM scim.import_deactivate($1, $2::uuid, $3::bigint) AS done

-- import_next: the next piece of what comes after the people.
-- $1 org, $2 run, $3 how many changes to tell of
SELECT done.line, done.resource_type, done.action, done.subject, done.sentence, done.changes
  FROM scim.import_next($1, $2::uuid, $3::bigint) AS done

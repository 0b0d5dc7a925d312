-- import_rejects: the next records that a run rejected.
-- $1 org, $2 run, $3 the line and $4 type and reason of the last one before
SELECT reject.line, reject.resource_type || reject.reason AS place, reject.subject, reject.sentence
  FROM scim.import_rejects AS reject
 WHERE reject.org = $1
   AND reject.run = $2::uuid
   AND (reject.line, reject.resource_type || reject.reason) > ($3::bigint, $4)
 ORDER BY reject.line, 2
 LIMIT 1000

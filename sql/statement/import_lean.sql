-- import_lean: looks at the managers of a batch again, now that the batch before is in.
-- $1 org, $2 run, $3 the first line of the batch
-- false: not all are who was thought, so that the batch must go in once more
SELECT scim.import_lean($1, $2::uuid, $3::bigint) AS fine

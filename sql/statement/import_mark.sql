-- import_mark: moves the mark of a run behind a batch.
-- $1 org, $2 run, $3 where the mark is, $4 where it comes to be (records of the file), $5 what the batch did (jsonb)
-- NULL: another session has moved it
SELECT scim.import_mark($1, $2::uuid, $3::bigint, $4::bigint, $5::jsonb) AS counts

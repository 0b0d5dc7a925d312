-- import_end: ends a run; how many active people were not among its records.
-- $1 org, $2 run
SELECT scim.import_end($1, $2::uuid) AS missing

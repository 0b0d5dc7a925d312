-- import_end: ends a run; how many active people were not among its records, and when it began (RFC 3339).
-- $1 org, $2 run
SELECT scim.import_end($1, $2::uuid) AS missing,
       (SELECT to_char(run.started AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
          FROM scim.import_runs AS run WHERE run.org = $1 AND run.id = $2::uuid) AS started

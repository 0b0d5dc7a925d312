-- import_begin: begins a run, or finds the one to go on with.
-- $1 org, $2 name of the file, $3 its SHA-256 in hexadecimal, or NULL, $4 options (jsonb), $5 resume (boolean)
-- outcome: begun, resumed, no_organization, locked, nothing_to_resume, other_file, other_options
SELECT begun.outcome, begun.run, begun.records, begun.named_by
  FROM scim.import_start($1, $2, decode($3, 'hex'), $4::jsonb, $5::boolean) AS begun

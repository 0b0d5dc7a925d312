-- check: the promises of the data that are broken, and by what.
-- $1 org, or * for all of them
-- No row: all is well.
SELECT promise, org, relation, id, sentence FROM scim.check(nullif($1, '*'))

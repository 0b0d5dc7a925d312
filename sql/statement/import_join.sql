-- import_join: makes this session the helper of the one that imports.
-- $1 org
SELECT scim.import_join($1) AS joined

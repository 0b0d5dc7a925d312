-- health: the number of the newest migration that was applied.
SELECT max(version) AS version FROM scim.schema_version

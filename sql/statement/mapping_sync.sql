-- mapping_sync: which groups the application sees (groups_to_sync).
-- $1 org, $2 names and patterns, parted by line feeds; NULL: all groups
-- No row: there is no such organization.
WITH before AS (
    SELECT groups_to_sync
      FROM scim.organization_settings
     WHERE org = $1
)
UPDATE scim.organization_settings
   SET groups_to_sync = string_to_array($2, E'\n')
 WHERE org = $1
RETURNING org, (SELECT groups_to_sync FROM before) IS DISTINCT FROM groups_to_sync AS changed

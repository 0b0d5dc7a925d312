-- members_add: adds people and groups to a group; who is in already stays as is.
-- $1 org, $2 group id, $3 ids (uuid[])
-- unknown: one of the ids that is nobody of this organization, or of somebody who was removed, or NULL.
SELECT added, unknown, 0 AS removed
  FROM scim.add_group_members($1, $2::uuid, $3::uuid[])

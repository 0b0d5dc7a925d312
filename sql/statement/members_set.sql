-- members_set: makes these the members of a group; who is in already stays as is.
-- $1 org, $2 group id, $3 ids (uuid[])
-- unknown: as members_add.
SELECT added, unknown, removed
  FROM scim.set_group_members($1, $2::uuid, $3::uuid[])

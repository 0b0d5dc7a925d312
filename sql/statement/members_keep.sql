-- members_keep: takes everybody else out of a group.
-- $1 org, $2 group id, $3 ids of those who stay (uuid[])
DELETE FROM scim.group_members AS member
 WHERE member.org = $1
   AND member.group_id = $2::uuid
   AND NOT EXISTS (SELECT FROM unnest($3::uuid[]) AS kept (id) WHERE kept.id = member.member_id)

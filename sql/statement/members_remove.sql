-- members_remove: takes these out of a group; who is not in changes nothing.
-- $1 org, $2 group id, $3 ids (uuid[])
DELETE FROM scim.group_members AS member
 WHERE member.org = $1
   AND member.group_id = $2::uuid
   AND member.member_id = ANY ($3::uuid[])

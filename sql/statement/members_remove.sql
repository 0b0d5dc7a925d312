-- members_remove: takes these out of a group; who is not in changes nothing.
-- $1 org, $2 group id, $3 ids (uuid[])
-- Each is found by itself: a plan that does not know how large the group is would
-- read all its members where most groups are small. Rows of memberships are
-- never updated, so that they stay where this statement found them.
DELETE FROM scim.group_members AS member
 WHERE member.ctid = ANY (ARRAY(
           SELECT found.place
             FROM unnest($3::uuid[]) AS gone (id)
            CROSS JOIN LATERAL (SELECT ctid AS place FROM scim.group_members
                                 WHERE org = $1 AND group_id = $2::uuid AND member_id = gone.id
                                 LIMIT 1) AS found))
   AND member.org = $1

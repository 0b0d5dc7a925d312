-- members_page: members of a group in the order of their ids, from one on.
-- $1 org, $2 group id, $3 the last id of the page before, or NULL, $4 at most so many
-- CASE and not coalesce: row-level security takes coalesce for leaky and would keep
-- it out of the index condition, so that each page would read all pages before it.
-- Names by subselects and not by joins, which would read all people for a page.
SELECT member.member_id,
       member.member_type,
       CASE member.member_type
            WHEN 'User' THEN (SELECT person.display_name
                                FROM scim.users AS person
                               WHERE person.org = $1 AND person.id = member.user_id)
            ELSE (SELECT team.display_name
                    FROM scim.groups AS team
                   WHERE team.org = $1 AND team.id = member.subgroup_id)
       END AS display
  FROM scim.group_members AS member
 WHERE member.org = $1
   AND member.group_id = $2::uuid
   AND member.member_id > CASE WHEN $3::uuid IS NULL THEN '00000000-0000-0000-0000-000000000000'
                               ELSE $3::uuid END
 ORDER BY member.org, member.group_id, member.member_id
 LIMIT $4::bigint

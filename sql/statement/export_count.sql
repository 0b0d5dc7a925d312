-- export_count: how much there is to export; no row: there is no such organization.
-- $1 org
-- plain: groups of which a column of people's groups tells all.
SELECT (SELECT count(*) FROM scim.users AS person WHERE person.org = $1) AS people,
       (SELECT count(*) FROM scim.groups AS team WHERE team.org = $1) AS groups,
       (SELECT count(*)
          FROM scim.groups AS team
         WHERE team.org = $1
           AND team.external_id IS NULL
           AND team.member_count > 0
           AND NOT EXISTS (SELECT FROM scim.group_members AS member
                            WHERE member.org = $1 AND member.group_id = team.id
                              AND member.member_type = 'Group')) AS plain
  FROM scim.organizations AS organization
 WHERE organization.org = $1

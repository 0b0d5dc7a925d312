-- group_overview, memberships, effective_memberships: groups and who is in them.

CREATE OR REPLACE VIEW scim.group_overview AS
SELECT team.org, team.id, team.display_name, team.external_id, team.member_count AS members,
       team.member_count - coalesce(nested.number, 0) AS people, coalesce(nested.number, 0) AS subgroups,
       team.hidden, team.protected, team.version, team.created, team.last_modified, team.display_name_key
  FROM scim.groups AS team
  LEFT JOIN (SELECT member.org, member.group_id, count(*)::integer AS number
               FROM scim.group_members AS member
              WHERE member.subgroup_id IS NOT NULL
              GROUP BY member.org, member.group_id) AS nested
    ON nested.org = team.org AND nested.group_id = team.id;
COMMENT ON VIEW scim.group_overview IS
    'Groups, one row each, with how many direct members they have. Who they are stands in scim.memberships, who is in them through other groups in scim.effective_memberships.';
COMMENT ON COLUMN scim.group_overview.org              IS 'The organization.';
COMMENT ON COLUMN scim.group_overview.id               IS 'The SCIM id.';
COMMENT ON COLUMN scim.group_overview.display_name     IS 'SCIM displayName.';
COMMENT ON COLUMN scim.group_overview.external_id      IS 'SCIM externalId: the group''s id at the identity provider.';
COMMENT ON COLUMN scim.group_overview.members          IS 'How many direct members: people and subgroups together.';
COMMENT ON COLUMN scim.group_overview.people           IS 'How many of them are people, whatever their status.';
COMMENT ON COLUMN scim.group_overview.subgroups        IS 'How many of them are groups.';
COMMENT ON COLUMN scim.group_overview.hidden           IS 'True: not among the setting groups_to_sync, so it gives nobody a team.';
COMMENT ON COLUMN scim.group_overview.protected        IS 'True: SCIM can change neither the group nor its members.';
COMMENT ON COLUMN scim.group_overview.version          IS 'Grows with each change of the group or its members; the ETag.';
COMMENT ON COLUMN scim.group_overview.created          IS 'SCIM meta.created.';
COMMENT ON COLUMN scim.group_overview.last_modified    IS 'SCIM meta.lastModified: the last change of the group or its members.';
COMMENT ON COLUMN scim.group_overview.display_name_key IS 'display_name as scim.fold compares it; find groups with display_name_key = scim.fold(...).';

CREATE OR REPLACE VIEW scim.memberships AS
SELECT member.org, member.group_id, team.display_name AS group_name, member.member_id, member.member_type,
       coalesce(person.user_name, subgroup.display_name) AS member_name, person.display_name, person.status,
       team.hidden AS group_hidden, team.display_name_key AS group_name_key
  FROM scim.group_members AS member
  JOIN scim.groups AS team ON team.org = member.org AND team.id = member.group_id
  LEFT JOIN scim.users AS person ON person.org = member.org AND person.id = member.user_id
  LEFT JOIN scim.groups AS subgroup ON subgroup.org = member.org AND subgroup.id = member.subgroup_id;
COMMENT ON VIEW scim.memberships IS
    'The direct members of groups with their names, one row each: people and groups. Also people without access: their status tells.';
COMMENT ON COLUMN scim.memberships.org            IS 'The organization.';
COMMENT ON COLUMN scim.memberships.group_id       IS 'The group: group_overview.id.';
COMMENT ON COLUMN scim.memberships.group_name     IS 'SCIM displayName of the group.';
COMMENT ON COLUMN scim.memberships.member_id      IS 'The member: people.id, or group_overview.id.';
COMMENT ON COLUMN scim.memberships.member_type    IS 'User or Group.';
COMMENT ON COLUMN scim.memberships.member_name    IS 'SCIM userName of the person, or displayName of the group.';
COMMENT ON COLUMN scim.memberships.display_name   IS 'SCIM displayName of the person; NULL of a group.';
COMMENT ON COLUMN scim.memberships.status         IS 'Of the person: provisioned, active, suspended or removed; NULL of a group.';
COMMENT ON COLUMN scim.memberships.group_hidden   IS 'True: the group gives nobody a team (group_overview.hidden).';
COMMENT ON COLUMN scim.memberships.group_name_key IS 'group_name as scim.fold compares it; find groups with group_name_key = scim.fold(...).';

-- Few groups are in others, so only for those the way up is walked, once for
-- all of their members: the planner knows from the foreign key how many these
-- are, and from COST that walking is what takes time.
CREATE OR REPLACE VIEW scim.effective_memberships AS
SELECT nearest.org, nearest.user_id, person.user_name, person.status, nearest.group_id, team.display_name AS group_name,
       nearest.depth = 0 AS direct, nearest.depth, nearest.path, team.hidden AS group_hidden
  FROM (SELECT DISTINCT ON (every.org, every.user_id, every.group_id)
               every.org, every.user_id, every.group_id, every.depth,
               coalesce(every.path, '{}') AS path
          FROM (SELECT member.org, member.user_id, member.group_id, 0 AS depth, NULL::text[] AS path
                  FROM scim.group_members AS member
                 WHERE member.user_id IS NOT NULL
                UNION ALL
                SELECT member.org, member.user_id, above.group_id, above.depth, above.path
                  FROM scim.groups AS nested
                 CROSS JOIN LATERAL scim.groups_above(nested.org, nested.id) AS above
                  JOIN scim.group_members AS member
                    ON member.org = nested.org AND member.group_id = nested.id
                 WHERE member.user_id IS NOT NULL
                   AND EXISTS (SELECT FROM scim.group_members AS outer_group
                                WHERE outer_group.org = nested.org AND outer_group.subgroup_id = nested.id)) AS every
         ORDER BY every.org, every.user_id, every.group_id, every.depth, every.path) AS nearest
  JOIN scim.users AS person ON person.org = nearest.org AND person.id = nearest.user_id
  JOIN scim.groups AS team ON team.org = nearest.org AND team.id = nearest.group_id;
COMMENT ON VIEW scim.effective_memberships IS
    'Who is in which group, directly or through groups in groups: one row per person and group. Also people without access and hidden groups: status and group_hidden tell. What the application gives them stands in scim.team_members.';
COMMENT ON COLUMN scim.effective_memberships.org          IS 'The organization.';
COMMENT ON COLUMN scim.effective_memberships.user_id      IS 'The person: people.id.';
COMMENT ON COLUMN scim.effective_memberships.user_name    IS 'SCIM userName of the person.';
COMMENT ON COLUMN scim.effective_memberships.status       IS 'Of the person: provisioned, active, suspended or removed.';
COMMENT ON COLUMN scim.effective_memberships.group_id     IS 'The group: group_overview.id.';
COMMENT ON COLUMN scim.effective_memberships.group_name   IS 'SCIM displayName of the group.';
COMMENT ON COLUMN scim.effective_memberships.direct       IS 'True: a member of the group itself.';
COMMENT ON COLUMN scim.effective_memberships.depth        IS 'How many groups are in between: 0 for a direct member; the least where there are several ways.';
COMMENT ON COLUMN scim.effective_memberships.path         IS 'A shortest way: displayNames from the group that the person is a direct member of to this one; empty for a direct member.';
COMMENT ON COLUMN scim.effective_memberships.group_hidden IS 'True: the group gives nobody a team (group_overview.hidden).';

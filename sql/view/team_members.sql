-- team_members: what the application reads.
--
-- Runs as its owner, who sees every organization: for the reader, not for the
-- responder. With WHERE org = ... only that organization is worked out.

CREATE OR REPLACE VIEW scim.team_members AS
SELECT organization.org, member.team, member.role, member.user_id, member.user_name, member.status, member.account,
       member.via_groups
  FROM scim.organizations AS organization
 CROSS JOIN LATERAL scim.team_members_of(organization.org) AS member;
COMMENT ON VIEW scim.team_members IS
    'Who is in which team of the application with which role, through scim.group_mappings: one row per organization, team and person. For one team use scim.team_members_of(org, team), for one person scim.teams_of(org, user_id).';
COMMENT ON COLUMN scim.team_members.org        IS 'The organization.';
COMMENT ON COLUMN scim.team_members.team       IS 'The team; NULL: the role holds everywhere.';
COMMENT ON COLUMN scim.team_members.role       IS 'The role: of several the one of the highest priority, then the first by name; NULL: a plain member.';
COMMENT ON COLUMN scim.team_members.user_id    IS 'The person.';
COMMENT ON COLUMN scim.team_members.user_name  IS 'SCIM userName.';
COMMENT ON COLUMN scim.team_members.status     IS 'provisioned or active: who is suspended or removed is in no team.';
COMMENT ON COLUMN scim.team_members.account    IS 'The account of the application, once a login linked it.';
COMMENT ON COLUMN scim.team_members.via_groups IS 'The displayNames of the mapped groups that give it.';

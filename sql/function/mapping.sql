-- Groups as teams and roles of the application: scim.group_mappings at work.
--
-- A group counts, by itself and for the groups that it is in, unless it is
-- hidden. Who is suspended or removed is in no team.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.ranked_mappings(of_org text)
    RETURNS TABLE (team text, role text, name_pattern text, rank bigint)
    LANGUAGE sql STABLE
AS $$
    SELECT mapping.team, mapping.role, scim.like_pattern(mapping.pattern),
           pg_catalog.row_number() OVER (ORDER BY mapping.role IS NULL, mapping.priority DESC, mapping.role, mapping.id)
      FROM scim.group_mappings AS mapping
     WHERE mapping.org = $1
$$;
COMMENT ON FUNCTION scim.ranked_mappings(text) IS
    'The mappings of an organization; of those that give a person a role in a team, the one of the lowest rank counts: highest priority, then first role.';

CREATE OR REPLACE FUNCTION scim.team_members_of(of_org text, of_team text DEFAULT NULL)
    RETURNS TABLE (team text, role text, user_id uuid, user_name text, status text, account text, via_groups text[])
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE mapping AS MATERIALIZED (
        SELECT * FROM scim.ranked_mappings($1) AS ranked WHERE $2 IS NULL OR ranked.team = $2
    ), mapped AS MATERIALIZED (
        SELECT visible.id AS group_id, visible.display_name, mapping.team, mapping.rank
          FROM mapping
          JOIN scim.groups AS visible
            ON visible.org = $1 AND NOT visible.hidden AND visible.display_name_key LIKE mapping.name_pattern
    ), nested AS MATERIALIZED (
        SELECT member.group_id, member.subgroup_id
          FROM scim.group_members AS member
          JOIN scim.groups AS visible
            ON visible.org = $1 AND visible.id = member.subgroup_id AND NOT visible.hidden
         WHERE member.org = $1 AND member.subgroup_id IS NOT NULL
    ), below (top, group_id) AS (
        SELECT DISTINCT group_id, group_id FROM mapped
        -- UNION (not ALL) ends cycles.
        UNION
        SELECT below.top, nested.subgroup_id
          FROM below
          JOIN nested ON nested.group_id = below.group_id
    ), giver AS MATERIALIZED (
        SELECT below.group_id, mapped.display_name, mapped.team, pg_catalog.min(mapped.rank) AS rank
          FROM below
          JOIN mapped ON mapped.group_id = below.top
         GROUP BY below.group_id, mapped.display_name, mapped.team
    ), taker AS MATERIALIZED (
        SELECT member.user_id, giver.team, pg_catalog.min(giver.rank) AS rank,
               -- Put in order at the end: DISTINCT here would sort all memberships.
               pg_catalog.array_agg(giver.display_name) AS names
          FROM giver
          JOIN scim.group_members AS member ON member.org = $1 AND member.group_id = giver.group_id
         WHERE member.user_id IS NOT NULL
         GROUP BY member.user_id, giver.team
    )
    SELECT taker.team, mapping.role, taker.user_id, person.user_name, person.status, person.account,
           ARRAY(SELECT DISTINCT name FROM pg_catalog.unnest(taker.names) AS name ORDER BY name)
      FROM taker
      JOIN mapping ON mapping.rank = taker.rank
      JOIN scim.users AS person
        ON person.org = $1 AND person.id = taker.user_id AND person.status IN ('provisioned', 'active')
$$;
COMMENT ON FUNCTION scim.team_members_of(text, text) IS
    'Who of an organization is in which team of the application with which role, and through which mapped groups; of one team where it is named. As scim.team_members.';

CREATE OR REPLACE FUNCTION scim.teams_of(of_org text, of_user uuid)
    RETURNS TABLE (team text, role text, via_groups text[])
    LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE mapping AS MATERIALIZED (
        SELECT * FROM scim.ranked_mappings($1)
    ), own (group_id, display_name, display_name_key) AS (
        -- LIMIT keeps the planner from reading all groups because it expects many memberships.
        SELECT member.group_id, visible.display_name, visible.display_name_key
          FROM scim.group_members AS member
         CROSS JOIN LATERAL (SELECT display_name, display_name_key FROM scim.groups
                              WHERE org = $1 AND id = member.group_id AND NOT hidden LIMIT 1) AS visible
         WHERE member.org = $1 AND member.user_id = $2
        UNION
        SELECT member.group_id, visible.display_name, visible.display_name_key
          FROM own
          JOIN scim.group_members AS member ON member.org = $1 AND member.subgroup_id = own.group_id
         CROSS JOIN LATERAL (SELECT display_name, display_name_key FROM scim.groups
                              WHERE org = $1 AND id = member.group_id AND NOT hidden LIMIT 1) AS visible
    ), given AS (
        SELECT mapping.team, pg_catalog.min(mapping.rank) AS rank,
               pg_catalog.array_agg(DISTINCT own.display_name ORDER BY own.display_name) AS via_groups
          FROM own
          JOIN mapping ON own.display_name_key LIKE mapping.name_pattern
         GROUP BY mapping.team
    )
    SELECT given.team, mapping.role, given.via_groups
      FROM given
      JOIN mapping ON mapping.rank = given.rank
     WHERE EXISTS (SELECT FROM scim.users AS person
                    WHERE person.org = $1 AND person.id = $2 AND person.status IN ('provisioned', 'active'))
$$;
COMMENT ON FUNCTION scim.teams_of(text, uuid) IS
    'The teams of one person with the role in each, as in scim.team_members, but read from the person: for a login or a request.';

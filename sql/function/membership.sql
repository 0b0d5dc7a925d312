-- membership: which groups a person belongs to, and who belongs to a group.

CREATE OR REPLACE FUNCTION scim.memberships_of(org text, user_id uuid)
RETURNS TABLE (group_id uuid, type text)
LANGUAGE sql STABLE
AS $$
    -- UNION (not ALL) ends cycles: a group that was seen with the same type is not followed again.
    WITH RECURSIVE membership (group_id, type) AS (
        SELECT member.group_id, 'direct'
          FROM scim.group_members AS member
         WHERE member.org = $1 AND member.user_id = $2
        UNION
        SELECT member.group_id, 'indirect'
          FROM membership
          JOIN scim.group_members AS member
            ON member.org = $1 AND member.subgroup_id = membership.group_id
    )
    -- 'direct' sorts before 'indirect': who is both is direct
    SELECT group_id, pg_catalog.min(type) FROM membership GROUP BY group_id
$$;
COMMENT ON FUNCTION scim.memberships_of(text, uuid) IS
    'The groups of a person, each once: direct, or indirect through nested groups.';

CREATE OR REPLACE FUNCTION scim.groups_of(org text, user_id uuid, base text)
RETURNS TABLE (groups json, digest text)
LANGUAGE sql STABLE
AS $$
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
               'value', team.id,
               '$ref', $3 || '/Groups/' || team.id,
               'display', team.display_name,
               'type', nearest.type) ORDER BY team.display_name_key, team.id),
           '-' || pg_catalog.substr(pg_catalog.md5(pg_catalog.string_agg(
               team.id || nearest.type || team.display_name, ',' ORDER BY team.id)), 1, 12)
      FROM scim.memberships_of($1, $2) AS nearest
      -- LIMIT keeps the planner from reading all groups because it expects many memberships.
     CROSS JOIN LATERAL (SELECT id, display_name, display_name_key
                           FROM scim.groups
                          WHERE org = $1 AND id = nearest.group_id
                          LIMIT 1) AS team
$$;
COMMENT ON FUNCTION scim.groups_of(text, uuid, text) IS
    'The SCIM attribute "groups" of a person, direct and through nested groups (RFC 7643 4.1.2), or NULL; and a digest of it that becomes part of the ETag. base is put before /Groups/ID in $ref.';

CREATE OR REPLACE FUNCTION scim.members_that_differ(of_org text, of_group uuid, ids uuid[], OUT coming uuid[], OUT leaving uuid[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A full join takes time for the members and the ids, not for each of them with each, whatever the plan expects.
    SELECT coalesce(array_agg(wanted.id) FILTER (WHERE present.member_id IS NULL), '{}'),
           coalesce(array_agg(present.member_id) FILTER (WHERE wanted.id IS NULL), '{}')
      INTO coming, leaving
      FROM (SELECT member_id FROM scim.group_members WHERE org = of_org AND group_id = of_group) AS present
      FULL JOIN (SELECT DISTINCT listed.id FROM unnest(ids) AS listed (id)) AS wanted ON wanted.id = present.member_id;
END
$$;
COMMENT ON FUNCTION scim.members_that_differ(text, uuid, uuid[]) IS
    'Internal: who comes and who leaves where these are to be the members of a group.';

CREATE OR REPLACE FUNCTION scim.remove_group_members(of_org text, of_group uuid, ids uuid[]) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    -- As members_remove.sql: each is found by itself, and memberships stay where they were found.
    DELETE FROM scim.group_members AS member
     WHERE member.ctid = ANY (ARRAY(
               SELECT found.place
                 FROM unnest(ids) AS gone (id)
                CROSS JOIN LATERAL (SELECT ctid AS place FROM scim.group_members
                                     WHERE org = of_org AND group_id = of_group AND member_id = gone.id
                                     LIMIT 1) AS found))
       AND member.org = of_org;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION scim.remove_group_members(text, uuid, uuid[]) IS
    'Internal: takes these out of a group, and says how many were in.';

CREATE OR REPLACE FUNCTION scim.set_group_members(of_org text, of_group uuid, ids uuid[],
        OUT added bigint, OUT removed bigint, OUT unknown uuid)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    differing record;
BEGIN
    added := 0;
    removed := 0;
    SELECT * INTO differing FROM scim.members_that_differ(of_org, of_group, ids);
    IF cardinality(differing.leaving) > 0 THEN
        removed := scim.remove_group_members(of_org, of_group, differing.leaving);
    END IF;
    IF cardinality(differing.coming) > 0 THEN
        SELECT made.added, made.unknown INTO added, unknown
          FROM scim.add_group_members(of_org, of_group, differing.coming) AS made;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.set_group_members(text, uuid, uuid[]) IS
    'Internal: makes the members of a group that has been locked exactly these, by what differs; with nothing to do nothing is written. unknown: as scim.add_group_members.';

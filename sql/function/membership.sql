-- membership: which groups a person belongs to.

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

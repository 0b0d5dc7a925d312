-- Groups in groups: which groups a group belongs to, whoever is in between.

SET LOCAL client_min_messages = warning;

-- Level by level, each group once: groups can be nested so that there are more
-- ways between two of them than anybody could count.
CREATE OR REPLACE FUNCTION scim.groups_above(of_org text, of_group uuid)
    RETURNS TABLE (group_id uuid, depth integer, path text[])
    LANGUAGE plpgsql STABLE ROWS 3 COST 5000
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    seen uuid[] := ARRAY[of_group];
    level uuid[] := seen;
    paths jsonb;
BEGIN
    SELECT jsonb_build_object(of_group, jsonb_build_array(own.display_name)) INTO paths
      FROM scim.groups AS own WHERE own.org = of_org AND own.id = of_group;
    FOR distance IN 1 .. 2147483647 LOOP
        -- OFFSET and LIMIT: each by its key, whatever statistics tell or have not told yet.
        SELECT array_agg(parent.id ORDER BY parent.id),
               jsonb_object_agg(parent.id, parent.path || to_jsonb(named.display_name))
          INTO level, paths
          FROM (SELECT DISTINCT ON (above.group_id) above.group_id AS id, paths -> child.id::text AS path
                  FROM unnest(level) AS child (id)
                 CROSS JOIN LATERAL (SELECT member.group_id
                                       FROM scim.group_members AS member
                                      WHERE member.org = of_org AND member.subgroup_id = child.id
                                     OFFSET 0) AS above
                 WHERE above.group_id <> ALL (seen)
                 ORDER BY above.group_id, paths -> child.id::text) AS parent
         CROSS JOIN LATERAL (SELECT own.display_name
                               FROM scim.groups AS own
                              WHERE own.org = of_org AND own.id = parent.id
                              LIMIT 1) AS named;
        EXIT WHEN level IS NULL;
        seen := seen || level;
        RETURN QUERY
            SELECT one.id, distance, ARRAY(SELECT jsonb_array_elements_text(paths -> one.id::text))
              FROM unnest(level) AS one (id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.groups_above(text, uuid) IS
    'The groups that a group is in, directly (depth 1) or through others; path is a shortest way there, as displayNames from the group itself on. A cycle ends where it closes.';

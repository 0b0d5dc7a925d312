-- Groups in groups: which groups a group belongs to, whoever is in between.

SET LOCAL client_min_messages = warning;

-- Level by level, each group once: groups can be nested so that there are more
-- ways between two of them than anybody could count.
CREATE OR REPLACE FUNCTION scim.groups_above(of_org text, of_group uuid)
    RETURNS TABLE (group_id uuid, depth integer, path text[])
    LANGUAGE plpgsql STABLE ROWS 3
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen uuid[] := ARRAY[of_group];
    level uuid[] := seen;
    paths jsonb;
BEGIN
    SELECT jsonb_build_object(of_group, jsonb_build_array(own.display_name)) INTO paths
      FROM scim.groups AS own WHERE own.org = of_org AND own.id = of_group;
    FOR distance IN 1 .. 2147483647 LOOP
        SELECT array_agg(parent.id ORDER BY parent.id),
               jsonb_object_agg(parent.id, paths -> parent.child || to_jsonb(parent.display_name))
          INTO level, paths
          FROM (SELECT DISTINCT ON (above.id) above.id, above.display_name, member.subgroup_id::text AS child
                  FROM scim.group_members AS member
                  JOIN scim.groups AS above ON above.org = member.org AND above.id = member.group_id
                 WHERE member.org = of_org AND member.subgroup_id = ANY (level)
                   AND above.id <> ALL (seen)
                 ORDER BY above.id, paths -> member.subgroup_id::text) AS parent;
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

-- Views that are for reading only say where their rows are written. (people and
-- token_overview are written through: PostgreSQL takes such a row to its table.)

SET LOCAL client_min_messages = warning;

DO $$
DECLARE
    reading record;
    sentence text;
BEGIN
    FOR reading IN
        SELECT *
          FROM (VALUES
            ('{emails,phones,addresses}'::text[], 'write them with the person: UPDATE scim.users SET resource = ...'),
            ('{group_overview}', 'groups are written in scim.groups, their members in scim.group_members.'),
            ('{memberships,effective_memberships}', 'members are written in scim.group_members, which has the direct ones.'),
            ('{team_members}', 'teams follow from scim.group_mappings and the members of groups.'),
            ('{seats}', 'the limit is seat_limit in scim.organization_settings.'),
            ('{settings}', 'UPDATE scim.organization_settings, where each setting is a column, or SELECT scim.set_settings(...).'),
            ('{connections,attention}', 'it tells what is; do what next_step says.'),
            ('{log,rejections,activity_by_hour,audit,changes}',
             'what happened is not changed. `scimlet prune` and `scimlet erase` take out of it what is to go.'),
            ('{api}', 'it lists functions; call them.')
          ) AS told (views, advice)
         CROSS JOIN LATERAL unnest(views) AS view
    LOOP
        sentence := format('The view scim.%s is for reading: %s', reading.view, reading.advice);
        EXECUTE format('DROP TRIGGER IF EXISTS for_reading ON scim.%I', reading.view);
        EXECUTE format('CREATE TRIGGER for_reading INSTEAD OF INSERT OR UPDATE OR DELETE ON scim.%I '
            'FOR EACH ROW EXECUTE FUNCTION scim.refuse(%L)', reading.view, sentence);
        EXECUTE format('COMMENT ON TRIGGER for_reading ON scim.%I IS %L', reading.view, 'Says where to write instead.');
    END LOOP;
END
$$;

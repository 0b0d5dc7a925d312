-- Run where the definitions cannot replace what is there even after renew.sql:
-- says what others made stands on it. Never succeeds.

DO $$
DECLARE
    obstacles text;
BEGIN
    WITH ours AS (
        SELECT 'pg_class'::regclass AS class, oid, oid::regclass::text AS name
          FROM pg_class WHERE relnamespace = 'scim'::regnamespace AND relkind = 'v'
         UNION ALL
        SELECT 'pg_type'::regclass, reltype, oid::regclass::text
          FROM pg_class WHERE relnamespace = 'scim'::regnamespace AND relkind = 'v'
         UNION ALL
        SELECT 'pg_proc'::regclass, oid, oid::regprocedure::text
          FROM pg_proc WHERE pronamespace = 'scim'::regnamespace
    ), theirs AS (
        -- A view depends by its rule.
        SELECT DISTINCT ours.name, coalesce(pg_describe_object('pg_class'::regclass, ev_class, 0),
                   pg_describe_object(depend.classid, depend.objid, 0)) AS obstacle
          FROM pg_depend AS depend
          JOIN ours ON ours.class = depend.refclassid AND ours.oid = depend.refobjid
          LEFT JOIN pg_rewrite ON depend.classid = 'pg_rewrite'::regclass AND pg_rewrite.oid = depend.objid
         CROSS JOIN LATERAL pg_identify_object(depend.classid, depend.objid, 0) AS object
         WHERE depend.deptype IN ('n', 'a') AND object.schema IS DISTINCT FROM 'scim' AND object.identity !~ '^((.* )?(on|for) )?scim\.'
    )
    SELECT string_agg(format('%s on %s', obstacle, name), '; ' ORDER BY obstacle, name) INTO obstacles FROM theirs;
    -- What to do comes first: a message may be cut.
    RAISE EXCEPTION 'Drop, and make again afterwards, what was built on views and functions that change: %.',
        coalesce(obstacles, 'nothing that is known, which is an error of Scimlet');
END
$$;

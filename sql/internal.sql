-- Which functions are not for people: their comments begin with "Internal: ",
-- those of scim.api do not. Run after all definitions, so that it holds for a
-- function of a migration, too, and for one that changed sides.

DO $$
DECLARE
    prefix CONSTANT text := 'Internal: ';
    function record;
BEGIN
    FOR function IN
        SELECT described.*
          FROM (SELECT oid::regprocedure AS name, proname IN (SELECT api.name FROM scim.api) AS is_public,
                       obj_description(oid, 'pg_proc') AS comment
                  FROM pg_proc
                 WHERE pronamespace = 'scim'::regnamespace) AS described
         WHERE starts_with(comment, prefix) = is_public
    LOOP
        EXECUTE format('COMMENT ON FUNCTION %s IS %L', function.name,
            CASE WHEN function.is_public THEN substr(function.comment, length(prefix) + 1)
                 ELSE prefix || function.comment END);
    END LOOP;
END
$$;

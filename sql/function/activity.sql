-- What happened in an hour.

SET LOCAL client_min_messages = warning;

-- In plpgsql, whose plan is kept: as part of the view it made the planner
-- expect so much that it compiled the query first, for seconds (JIT).
CREATE OR REPLACE FUNCTION scim.activity_in(of_org text, since timestamptz)
    RETURNS TABLE (action text, result text, number bigint, average_ms real)
    LANGUAGE plpgsql STABLE ROWS 6
    SET jit = off
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT log.action, log.result, count(*), avg(log.duration_ms)::real
      FROM scim.request_log AS log
     WHERE log.org = of_org AND log.at >= since AND log.at < since + interval '1 hour'
     GROUP BY log.action, log.result;
END
$$;
COMMENT ON FUNCTION scim.activity_in(text, timestamptz) IS
    'How much was written and refused in the hour that begins then, by action and result; as scim.activity_by_hour.';

-- What an audit event changed, as people read it.

SET LOCAL client_min_messages = warning;

-- Expanded in place by scim.changed_attributes, hence without SET search_path.
-- Attributes are at most three deep: enterprise extension, manager, value.
-- Secrets are not written to begin with; should one ever be, it is not shown.
CREATE OR REPLACE FUNCTION scim.flat(document jsonb)
    RETURNS TABLE (attribute text, value text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 20
AS $$
    SELECT named.attribute, named.value #>> '{}'
      FROM pg_catalog.jsonb_each(CASE WHEN pg_catalog.jsonb_typeof($1 -> 'resource') = 'object'
                                      THEN ($1 - 'resource') || ($1 -> 'resource') ELSE $1 END) AS one
      LEFT JOIN LATERAL pg_catalog.jsonb_each(CASE WHEN pg_catalog.jsonb_typeof(one.value) = 'object'
                                                   THEN one.value END) AS two ON true
      LEFT JOIN LATERAL pg_catalog.jsonb_each(CASE WHEN pg_catalog.jsonb_typeof(two.value) = 'object'
                                                   THEN two.value END) AS three ON true
     CROSS JOIN LATERAL (
           SELECT CASE WHEN one.key LIKE 'urn:ietf:params:scim:schemas:extension:enterprise:%' THEN ''
                       WHEN two.key IS NULL THEN one.key
                       WHEN one.key LIKE 'urn:%' THEN one.key || ':'
                       ELSE one.key || '.' END || coalesce(two.key, '') || coalesce('.' || three.key, ''),
                  coalesce(three.value, two.value, one.value)) AS named (attribute, value)
     WHERE one.key <> ALL ('{version,created,schemas,last_login}')
       AND pg_catalog.jsonb_typeof(named.value) <> 'null'
       AND named.attribute COLLATE pg_catalog."C" !~* '(^|[.:_])(password|digest|secret)$'
$$;
COMMENT ON FUNCTION scim.flat(jsonb) IS
    'A person, group, token or the settings as audit_events.before and after have them, one row per attribute: name.givenName, department, active ...; without versions and times of logins. Lists are JSON.';

-- In plpgsql, whose plan is kept. The planner expects so much of nested
-- jsonb_each that it would compile the query first, for a second (JIT).
CREATE OR REPLACE FUNCTION scim.changed_attributes(before jsonb, after jsonb)
    RETURNS TABLE (attribute text, old text, new text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 10
    SET jit = off
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT attribute, was.value, became.value
      FROM scim.flat(before) AS was
      FULL JOIN scim.flat(after) AS became USING (attribute)
     WHERE was.value IS DISTINCT FROM became.value;
END
$$;
COMMENT ON FUNCTION scim.changed_attributes(jsonb, jsonb) IS
    'What is different between audit_events.before and after: attribute, old and new, NULL where it is absent.';

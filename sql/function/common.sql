-- What several relations use.

-- Dropping triggers that are not there yet is no news.
SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.refuse() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_ARGV[0],
        SCHEMA = TG_TABLE_SCHEMA,
        TABLE = TG_TABLE_NAME,
        CONSTRAINT = TG_NAME;
END
$$;
COMMENT ON FUNCTION scim.refuse() IS
    'Refuses what fires the trigger, with the sentence that the trigger gives.';

CREATE OR REPLACE FUNCTION scim.clock() RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT pg_catalog.date_trunc('milliseconds', pg_catalog.clock_timestamp())
$$;
COMMENT ON FUNCTION scim.clock() IS
    'The time in whole milliseconds, never ahead of the clock as rounding would be; not that of the transaction, so that a bulk load keeps its order.';

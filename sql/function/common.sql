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

-- STABLE and cheap, so that policies stay conditions of an index.
CREATE OR REPLACE FUNCTION scim.no_organization() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    three_roles CONSTANT boolean := EXISTS (
        SELECT FROM pg_namespace WHERE nspname = 'scim' AND nspowner = to_regrole('scim_owner'));
BEGIN
    -- What they may read has policies of its own; the planner comes here before rights are looked at.
    IF three_roles AND NOT coalesce(pg_has_role(to_regrole('scim_service'), 'USAGE'), false)
       AND (coalesce(pg_has_role(to_regrole('scim_reader'), 'USAGE'), false)
            OR coalesce(pg_has_role(to_regrole('scim_auditor'), 'USAGE'), false)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('%s may not do that: members of scim_reader and scim_auditor write nothing, and scim_auditor does not read people.', current_user),
            HINT = 'Members of scim_owner may: SET ROLE scim_owner.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'undefined_object',
        MESSAGE = 'Nobody has said yet which organization this session works on.',
        HINT = 'SET scim.org = ''acme'', with the key of the organization; SET LOCAL holds for a transaction. '
            || CASE WHEN three_roles THEN 'Members of scim_reader and scim_owner see every organization, without it.'
                    ELSE 'SET scim.org = ''*'' shows every organization.' END;
END
$$;
COMMENT ON FUNCTION scim.no_organization() IS
    'What the policies call where scim.org was not set: an error (42704, or 42501 for who only reads) that says what to do.';

CREATE OR REPLACE FUNCTION scim.clock() RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT pg_catalog.date_trunc('milliseconds', pg_catalog.clock_timestamp())
$$;
COMMENT ON FUNCTION scim.clock() IS
    'The time in whole milliseconds, never ahead of the clock as rounding would be; not that of the transaction, so that a bulk load keeps its order.';

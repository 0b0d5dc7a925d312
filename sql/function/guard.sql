-- The guard: stops an identity provider that removes too many people at once.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.guard_refusal(org text) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    setting record;
    counted_since timestamptz;
    people bigint;
    removed bigint;
    gone bigint;
    most bigint;
    frees timestamptz;
BEGIN
    SELECT guard_per_hour AS per_hour, guard_percent AS percent, released_until
      INTO setting
      FROM scim.organization_settings AS settings
      LEFT JOIN scim.guards ON guards.org = settings.org
     WHERE settings.org = guard_refusal.org;
    IF setting.per_hour IS NULL OR setting.released_until > clock_timestamp() OR scim.request() IS NULL THEN
        RETURN NULL;
    END IF;
    -- One removal of the organization at a time from here to its commit, so that
    -- those that run side by side cannot pass the limit together. A statement of
    -- its own: the next one sees what the transaction before has committed.
    PERFORM pg_advisory_xact_lock(hashtextextended('scim.guard ' || guard_refusal.org, 0));
    -- What went through while the guard was released was wanted.
    counted_since := greatest(clock_timestamp() - interval '1 hour', setting.released_until);
    -- Who was deactivated and then deleted left once.
    SELECT count(DISTINCT resource_id), count(DISTINCT resource_id) FILTER (WHERE action = 'deleted')
      INTO removed, gone
      FROM scim.audit_events AS event
     WHERE event.org = guard_refusal.org AND event.at > counted_since
       AND action IN ('deactivated', 'deleted') AND resource_type = 'User' AND request_id IS NOT NULL;
    IF removed < setting.per_hour THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(number), 0) + gone
      INTO people
      FROM scim.resource_counts AS counted
     WHERE counted.org = guard_refusal.org AND resource_type = 'User';
    most := greatest(setting.per_hour, ceil(setting.percent * people / 100.0));
    IF removed < most THEN
        RETURN NULL;
    END IF;
    -- One more may pass when so many have left the hour that one less than most are in it.
    SELECT at + interval '1 hour'
      INTO frees
      FROM (SELECT max(at) AS at
              FROM scim.audit_events AS event
             WHERE event.org = guard_refusal.org AND event.at > counted_since
               AND action IN ('deactivated', 'deleted') AND resource_type = 'User' AND request_id IS NOT NULL
             GROUP BY resource_id) AS last
     ORDER BY at
    OFFSET removed - most
     LIMIT 1;
    RETURN ARRAY[removed, most,
                 coalesce(greatest(1, ceil(extract(epoch FROM frees - clock_timestamp()))), 3600)::bigint]::text[];
END
$$;
COMMENT ON FUNCTION scim.guard_refusal(text) IS
    'Why one more deactivation or deletion by SCIM, or by the API in SQL, is refused now: the arguments of guard.stopped (how many were removed within the hour, how many may be, seconds until one more may be); NULL: it is not. Removals of an organization wait for each other from here on.';

CREATE OR REPLACE FUNCTION scim.guard_release(org text, time_span interval) RETURNS TABLE (refused bigint, until timestamptz)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (time_span >= interval '0') IS NOT TRUE THEN
        PERFORM scim.refuse_argument('Until a time that is past nothing can be let pass.');
    END IF;
    SELECT guards.refused INTO refused FROM scim.guards WHERE guards.org = guard_release.org FOR UPDATE;
    refused := coalesce(refused, 0);
    until := clock_timestamp() + time_span;
    INSERT INTO scim.guards (org, released_until, released_by)
    SELECT organization.org, until, session_user
      FROM scim.organizations AS organization
     WHERE organization.org = guard_release.org
        ON CONFLICT ON CONSTRAINT guards_pkey DO UPDATE
       SET stopped = NULL, refused = 0,
           released_until = excluded.released_until, released_by = excluded.released_by;
    IF FOUND THEN
        RETURN NEXT;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.guard_release(text, interval) IS
    'Lets removals pass for that time, whatever their number, and says how many were refused before; no row: there is no such organization. A span of 0 ends it; a negative one is an error (22023).';

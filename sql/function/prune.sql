-- Retention: what is older than organization_settings.keep_log and keep_audit goes.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.make_partitions(parent text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
DECLARE
    first CONSTANT timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    month timestamp;
    made bigint := 0;
BEGIN
    FOR month IN SELECT generate_series(first, first + interval '6 months', '1 month') LOOP
        CONTINUE WHEN to_regclass(format('scim.%I', parent || to_char(month, '"_"YYYY"_"MM'))) IS NOT NULL;
        -- What stands in the partition for all other months moves: it must be empty of them.
        EXECUTE format('CREATE TEMPORARY TABLE moved ON COMMIT DROP AS SELECT * FROM scim.%I '
            'WHERE at >= $1 AND at < $2', parent)
          USING month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC';
        EXECUTE format('DELETE FROM scim.%I WHERE at >= $1 AND at < $2', parent)
          USING month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC';
        PERFORM scim.make_partition(parent, month::date);
        PERFORM scim.refuse_truncate(parent || to_char(month, '"_"YYYY"_"MM'));
        -- Whoever prunes, it belongs to the owner of the schema, who upgrades it.
        EXECUTE format('ALTER TABLE scim.%I OWNER TO %I', parent || to_char(month, '"_"YYYY"_"MM'),
            (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'scim'));
        EXECUTE format('INSERT INTO scim.%I SELECT * FROM moved', parent);
        DROP TABLE pg_temp.moved;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION scim.make_partitions(text) IS
    'Makes the partitions of request_log or audit_events for this month and six more; how many were missing.';

CREATE OR REPLACE FUNCTION scim.drop_partitions(parent text, keep integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '2s'
AS $$
DECLARE
    partition text;
    dropped bigint := 0;
BEGIN
    FOR partition IN
        SELECT relname
          FROM pg_inherits
          JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = format('scim.%I', parent)::regclass
           AND relname ~ '_[0-9]{4}_[0-9]{2}$'
           AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month'
               <= (now() AT TIME ZONE 'UTC') - make_interval(days => keep)
    LOOP
        EXECUTE format('DROP TABLE scim.%I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION scim.drop_partitions(text, integer) IS
    'Drops the partitions of request_log or audit_events that are wholly older than so many days; how many.';

CREATE OR REPLACE FUNCTION scim.prune() RETURNS TABLE (what text, number bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keep record;
BEGIN
    SELECT coalesce(max(keep_log), 90) AS log, coalesce(max(keep_audit), 400) AS audit
      INTO keep
      FROM scim.organization_settings;
    PERFORM set_config('scim.maintenance', 'on', true);
    what := 'rows of the log';
    DELETE FROM scim.request_log AS old
     USING scim.organization_settings AS settings
     WHERE settings.org = old.org AND old.at < now() - make_interval(days => settings.keep_log);
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN NEXT;
    what := 'rows of the audit';
    DELETE FROM scim.audit_events AS old
     USING scim.organization_settings AS settings
     WHERE settings.org = old.org AND old.at < now() - make_interval(days => settings.keep_audit);
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN NEXT;
    what := 'lookups';
    DELETE FROM scim.lookups AS old
     USING scim.organization_settings AS settings
     WHERE settings.org = old.org AND old.last_at < now() - make_interval(days => settings.keep_log);
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN NEXT;
    what := 'refused callers';
    DELETE FROM scim.refused_callers AS old
     USING scim.organization_settings AS settings
     WHERE settings.org = old.org AND old.last_at < now() - make_interval(days => settings.keep_log);
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN NEXT;
    what := 'deleted people';
    DELETE FROM scim.deleted_users WHERE purge_after < now();
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN NEXT;

    -- Last: from the first of these on until the commit, which follows at once, writers wait.
    what := 'months of the log dropped';
    number := scim.drop_partitions('request_log', keep.log);
    RETURN NEXT;
    what := 'months of the audit dropped';
    number := scim.drop_partitions('audit_events', keep.audit);
    RETURN NEXT;
    what := 'months made ahead';
    number := scim.make_partitions('request_log') + scim.make_partitions('audit_events');
    RETURN NEXT;
    PERFORM set_config('scim.maintenance', '', true);
END
$$;
COMMENT ON FUNCTION scim.prune() IS
    'Removes log, audit, lookups, refused callers and kept people that are older than their organization wants; drops and makes partitions. As the owner; what it did, row by row.';

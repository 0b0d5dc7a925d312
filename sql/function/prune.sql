-- Retention: what is older than organization_settings.keep_log and keep_audit goes,
-- and what is older than somebody says.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.audit_from(of_org text) RETURNS timestamptz
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT greatest(clock_timestamp() - make_interval(days => settings.keep_audit), organization.audit_from)
      FROM scim.organizations AS organization
      JOIN scim.organization_settings AS settings ON settings.org = organization.org
     WHERE organization.org = $1
$$;
COMMENT ON FUNCTION scim.audit_from(text) IS
    'From when on the audit of an organization is complete, as far as its settings and who pruned tell; NULL: there is no such organization.';

CREATE OR REPLACE FUNCTION scim.make_partitions(parent text, dry_run boolean) RETURNS bigint
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
        made := made + 1;
        CONTINUE WHEN dry_run;
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
            (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'scim'));
        EXECUTE format('INSERT INTO scim.%I SELECT * FROM moved', parent);
        DROP TABLE pg_temp.moved;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION scim.make_partitions(text, boolean) IS
    'Makes the partitions of request_log or audit_events for this month and six more; how many were missing. dry_run: only counts.';

CREATE OR REPLACE FUNCTION scim.drop_partitions(parent text, before timestamptz, dry_run boolean) RETURNS bigint
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
           AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' <= before AT TIME ZONE 'UTC'
    LOOP
        IF NOT dry_run THEN
            EXECUTE format('DROP TABLE scim.%I', partition);
        END IF;
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION scim.drop_partitions(text, timestamptz, boolean) IS
    'Drops the partitions of request_log or audit_events that are wholly of before then; how many. dry_run: only counts.';

-- One text for both, so that what was counted is what goes.
CREATE OR REPLACE FUNCTION scim.prune_rows(relation text, at text, keep text, older_than timestamptz, dry_run boolean)
    RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := 0;
    more bigint;
    -- What no organization keeps is that of deleted ones: it goes by the month, and where somebody says how old.
    which CONSTANT text[] := ARRAY[
        'USING scim.organization_settings AS settings WHERE settings.org = old.org AND old.%I < '
            || 'greatest(now() - make_interval(days => settings.%I), $1)',
        'WHERE old.%I < $1 AND NOT EXISTS (SELECT FROM scim.organization_settings AS settings WHERE settings.org = old.org)'];
BEGIN
    FOR i IN 1 .. CASE WHEN older_than IS NULL THEN 1 ELSE 2 END LOOP
        IF dry_run THEN
            EXECUTE format('SELECT count(*) FROM scim.%I AS old ' || replace(which[i], 'USING', 'CROSS JOIN'), relation, at, keep)
               INTO more USING older_than;
        ELSE
            EXECUTE format('DELETE FROM scim.%I AS old ' || which[i], relation, at, keep) USING older_than;
            GET DIAGNOSTICS more = ROW_COUNT;
        END IF;
        number := number + more;
    END LOOP;
    RETURN number;
END
$$;
COMMENT ON FUNCTION scim.prune_rows(text, text, text, timestamptz, boolean) IS
    'Deletes the rows of a relation whose time is before what the setting says is kept, or before a time; how many. dry_run: only counts.';

-- What a shorter keep_audit let go does not come back with a longer one.
CREATE OR REPLACE FUNCTION scim.keep_audit_raised() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept_from CONSTANT timestamptz := now() - make_interval(days => OLD.keep_audit);
BEGIN
    UPDATE scim.organizations AS organization SET audit_from = kept_from
     WHERE organization.org = NEW.org AND kept_from > greatest(organization.created, organization.audit_from);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.keep_audit_raised() IS
    'Remembers that before the old keep_audit the audit may have been removed, so that undo and as_of do not answer from what is left.';

DROP TRIGGER IF EXISTS organization_settings_keep_audit_raised ON scim.organization_settings;
CREATE TRIGGER organization_settings_keep_audit_raised
    AFTER UPDATE OF keep_audit ON scim.organization_settings
    FOR EACH ROW WHEN (NEW.keep_audit > OLD.keep_audit)
    EXECUTE FUNCTION scim.keep_audit_raised();
COMMENT ON TRIGGER organization_settings_keep_audit_raised ON scim.organization_settings IS
    'scim.prune may have removed what the longer time would have kept.';

COMMENT ON COLUMN scim.organizations.audit_from IS
    'Before then audit may be gone that keep_audit would keep now: scimlet prune --older-than removed it, or keep_audit was shorter; NULL: neither.';

CREATE OR REPLACE FUNCTION scim.prune(older_than timestamptz DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (what text, number bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    log_from   timestamptz;
    audit_from timestamptz;
BEGIN
    IF older_than > now() THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('What is older than %s cannot be removed: that is still to come.', scim.utc(older_than));
    END IF;
    SELECT greatest(now() - make_interval(days => coalesce(max(keep_log), 90)), older_than),
           greatest(now() - make_interval(days => coalesce(max(keep_audit), 400)), older_than)
      INTO log_from, audit_from
      FROM scim.organization_settings;
    PERFORM set_config('scim.maintenance', 'on', true);
    what := 'rows of the log';
    number := scim.prune_rows('request_log', 'at', 'keep_log', older_than, dry_run);
    RETURN NEXT;
    what := 'rows of the audit';
    number := scim.prune_rows('audit_events', 'at', 'keep_audit', older_than, dry_run);
    RETURN NEXT;
    -- Nobody may take what is left for all there was; whoever did this is in the audit.
    IF NOT dry_run THEN
        UPDATE scim.organizations AS organization SET audit_from = older_than
         WHERE older_than > greatest(organization.created, scim.audit_from(organization.org));
    END IF;
    what := 'lookups';
    number := scim.prune_rows('lookups', 'last_at', 'keep_log', older_than, dry_run);
    RETURN NEXT;
    what := 'refused callers';
    number := scim.prune_rows('refused_callers', 'last_at', 'keep_log', older_than, dry_run);
    RETURN NEXT;
    what := 'deleted people';
    IF dry_run THEN
        SELECT count(*) INTO number FROM scim.deleted_users WHERE purge_after < now();
    ELSE
        DELETE FROM scim.deleted_users WHERE purge_after < now();
        GET DIAGNOSTICS number = ROW_COUNT;
    END IF;
    RETURN NEXT;

    -- Last: from the first of these on until the commit, which follows at once, writers wait.
    what := 'months of the log dropped';
    number := scim.drop_partitions('request_log', log_from, dry_run);
    RETURN NEXT;
    what := 'months of the audit dropped';
    number := scim.drop_partitions('audit_events', audit_from, dry_run);
    RETURN NEXT;
    what := 'months made ahead';
    number := scim.make_partitions('request_log', dry_run) + scim.make_partitions('audit_events', dry_run);
    RETURN NEXT;
    PERFORM set_config('scim.maintenance', '', true);
END
$$;
COMMENT ON FUNCTION scim.prune(timestamptz, boolean) IS
    'Removes log, audit, lookups and refused callers that are older than their organization wants or, where it is given, than a time, whichever removes more; and kept people whose time is over; drops and makes partitions. Arguments: older_than; dry_run: only counts. Result: what it did, row by row. Errors: 22023 older_than is to come. As the owner.';

-- What an older version defined and this one does not, goes. Run in the same
-- transaction as the definitions, after them and before grant.sql: what this
-- transaction did not write is not of this version, except for what the
-- migrations made, which stands in the lists below.
--
-- What somebody else built on (a report on one of our old views) stays: it is
-- theirs to remove. Triggers that others put on our tables call functions of
-- their own, outside this schema, and are not looked at.

DO $$
DECLARE
    migrated_functions CONSTANT text[] :=
        '{fold, resources_counted, resources_truncated, organizations_get_cursor_key, make_partition}';
    migrated_triggers CONSTANT text[] :=
        '{users_counted_insert, users_counted_delete, users_counted_truncate, groups_counted_insert, '
        'groups_counted_delete, groups_counted_truncate, organizations_get_cursor_key}';
    ours CONSTANT xid := pg_current_xact_id()::xid;
    removal text;
    gone integer;
BEGIN
    -- Again while anything goes, for one may have stood on the other.
    LOOP
        gone := 0;
        FOR removal IN
            SELECT format('TRIGGER %I ON %s', tgname, tgrelid::regclass)
              FROM pg_trigger
              JOIN pg_class ON pg_class.oid = tgrelid AND relnamespace = 'scim'::regnamespace
              JOIN pg_proc ON pg_proc.oid = tgfoid AND pronamespace = 'scim'::regnamespace
             WHERE NOT tgisinternal AND tgparentid = 0 AND pg_trigger.xmin <> ours AND tgname <> ALL (migrated_triggers)
             UNION ALL
            SELECT format('VIEW %s', oid::regclass)
              FROM pg_class
             WHERE relnamespace = 'scim'::regnamespace AND relkind = 'v' AND xmin <> ours
             UNION ALL
            SELECT format('ROUTINE %s', oid::regprocedure)
              FROM pg_proc
             WHERE pronamespace = 'scim'::regnamespace AND xmin <> ours AND proname <> ALL (migrated_functions)
        LOOP
            BEGIN
                EXECUTE 'DROP ' || removal;
                gone := gone + 1;
            EXCEPTION WHEN dependent_objects_still_exist THEN
                NULL;
            END;
        END LOOP;
        EXIT WHEN gone = 0;
    END LOOP;
END
$$;


-- Indexes that an upgrade built before its transaction (migrate_prepare.sql)
-- get the names that the migration would have given them.

DO $$
DECLARE
    prepared record;
    suffix text;
BEGIN
    FOR prepared IN
        SELECT relation.relname AS name, partition.relname || '_org_at_idx' AS proper
          FROM pg_class AS relation
          JOIN pg_index ON indexrelid = relation.oid
          JOIN pg_class AS partition ON partition.oid = indrelid
         WHERE relation.relnamespace = 'scim'::regnamespace AND relation.relispartition
           AND relation.relname = partition.relname || '_removal_prepared'
    LOOP
        SELECT coalesce(nullif(number, 0)::text, '') INTO suffix
          FROM generate_series(0, 9) AS number
         WHERE to_regclass(format('scim.%I', prepared.proper || coalesce(nullif(number, 0)::text, ''))) IS NULL
         ORDER BY number LIMIT 1;
        EXECUTE format('ALTER INDEX scim.%I RENAME TO %I', prepared.name, prepared.proper || suffix);
    END LOOP;
END
$$;

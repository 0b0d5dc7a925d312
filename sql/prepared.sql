-- Indexes that an upgrade built before its transaction (migrate_prepare.sql)
-- get the names that the migration would have given them.

DO $$
DECLARE
    prepared record;
    suffix text;
BEGIN
    FOR prepared IN
        SELECT relation.relname AS name, partition.relname || CASE relation.relname
                   WHEN partition.relname || '_prepared_15' THEN '_members_idx' ELSE '_org_at_idx' END AS proper
          FROM pg_class AS relation
          JOIN pg_index ON indexrelid = relation.oid
          JOIN pg_class AS partition ON partition.oid = indrelid
         WHERE relation.relnamespace = 'scim'::regnamespace AND relation.relispartition
           AND relation.relname ~ ('^' || partition.relname || '_prepared_\d+$')
         ORDER BY relation.oid
    LOOP
        SELECT coalesce(nullif(number, 0)::text, '') INTO suffix
          FROM generate_series(0, 9) AS number
         WHERE to_regclass(format('scim.%I', prepared.proper || coalesce(nullif(number, 0)::text, ''))) IS NULL
         ORDER BY number LIMIT 1;
        EXECUTE format('ALTER INDEX scim.%I RENAME TO %I', prepared.name, prepared.proper || suffix);
    END LOOP;
END
$$;

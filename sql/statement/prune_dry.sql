-- prune_dry: what prune would remove now, in the same rows, and nothing is.
WITH keep AS (
    SELECT coalesce(max(keep_log), 90) AS log, coalesce(max(keep_audit), 400) AS audit
      FROM scim.organization_settings
), months AS (
    SELECT parent.name, parent.days, partition.relname
      FROM (SELECT 'request_log' AS name, keep.log AS days FROM keep
            UNION ALL SELECT 'audit_events', keep.audit FROM keep) AS parent
      JOIN pg_inherits ON inhparent = format('scim.%I', parent.name)::regclass
      JOIN pg_class AS partition ON partition.oid = inhrelid
     WHERE partition.relname ~ '_[0-9]{4}_[0-9]{2}$'
), ended AS (
    SELECT months.name, count(*) AS number
      FROM months
     WHERE to_date(right(months.relname, 7), 'YYYY_MM') + interval '1 month'
           <= (now() AT TIME ZONE 'UTC') - make_interval(days => months.days)
     GROUP BY months.name
)
SELECT told.what, told.number
  FROM (SELECT 1, 'rows of the log', count(*)
          FROM scim.request_log AS old JOIN scim.organization_settings AS settings USING (org)
         WHERE old.at < now() - make_interval(days => settings.keep_log)
        UNION ALL
        SELECT 2, 'rows of the audit', count(*)
          FROM scim.audit_events AS old JOIN scim.organization_settings AS settings USING (org)
         WHERE old.at < now() - make_interval(days => settings.keep_audit)
        UNION ALL
        SELECT 3, 'lookups', count(*)
          FROM scim.lookups AS old JOIN scim.organization_settings AS settings USING (org)
         WHERE old.last_at < now() - make_interval(days => settings.keep_log)
        UNION ALL
        SELECT 4, 'refused callers', count(*)
          FROM scim.refused_callers AS old JOIN scim.organization_settings AS settings USING (org)
         WHERE old.last_at < now() - make_interval(days => settings.keep_log)
        UNION ALL
        SELECT 5, 'deleted people', count(*) FROM scim.deleted_users WHERE purge_after < now()
        UNION ALL
        SELECT 6, 'months of the log dropped', coalesce((SELECT number FROM ended WHERE name = 'request_log'), 0)
        UNION ALL
        SELECT 7, 'months of the audit dropped', coalesce((SELECT number FROM ended WHERE name = 'audit_events'), 0)
        UNION ALL
        SELECT 8, 'months made ahead', count(*)
          FROM unnest('{request_log,audit_events}'::text[]) AS parent (name)
         CROSS JOIN generate_series(0, 6) AS ahead
         WHERE to_regclass(format('scim.%I', parent.name || to_char(
                   date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead), '"_"YYYY"_"MM'))) IS NULL
       ) AS told (place, what, number)
 ORDER BY told.place

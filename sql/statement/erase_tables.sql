-- erase_tables: what must be done so that no byte of the erased stays in a file, in this order.
-- What ANALYZE has noted of the tables holds values of people, too; of tables that are empty
-- by now it stays for ever. Only superusers can take it away.
WITH emptied AS (
    SELECT relation.oid, relation.relname, relation.relkind, format('scim.%I', relation.relname) AS name
      FROM pg_catalog.pg_class AS relation
     WHERE relation.relnamespace = 'scim'::regnamespace AND relation.relkind IN ('r', 'p')
       AND relation.relname ~ '^(users|user_emails|deleted_users|indexed_values|lookups|milestones|list_anchors|group_members'
                              '|import_(staging|matches|rejects)|request_log.*|audit_events.*)$'
), superuser AS (
    SELECT FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper
)
SELECT 'DELETE FROM pg_catalog.pg_statistic WHERE starelid IN (' || string_agg(noted.oid::text, ', ') || ')' AS command,
       1 AS step, false AS is_table
  FROM (SELECT oid FROM emptied
        UNION ALL
        SELECT indexrelid FROM pg_catalog.pg_index JOIN emptied ON emptied.oid = indrelid) AS noted, superuser
UNION ALL
SELECT CASE relkind WHEN 'r' THEN 'VACUUM (FULL, ANALYZE) ' ELSE 'ANALYZE ' END || name,
       CASE relkind WHEN 'r' THEN 2 ELSE 3 END, relkind = 'r'
  FROM emptied
UNION ALL
SELECT 'VACUUM FULL pg_catalog.pg_statistic', 4, false FROM superuser
 ORDER BY 2, 1

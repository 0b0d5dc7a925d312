-- migrate_blocker: who holds locks in the schema, and has for the longest time: it was most likely what an upgrade waited for.
SELECT pg_catalog.format('process %s (%s)%s', pid,
           pg_catalog.concat_ws(', ', 'user ' || usename,
               coalesce('application ' || nullif(application_name, ''), backend_type), state),
           ', transaction since ' || pg_catalog.to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS "UTC"')
               || ', query since ' || pg_catalog.to_char(query_start AT TIME ZONE 'UTC', 'HH24:MI:SS "UTC"')) AS blocker
  FROM pg_catalog.pg_stat_activity
 WHERE pid <> pg_catalog.pg_backend_pid()
   AND pid IN (SELECT held.pid
                 FROM pg_catalog.pg_locks AS held
                 JOIN pg_catalog.pg_class ON pg_class.oid = held.relation
                WHERE held.granted
                  AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
                  AND relnamespace = pg_catalog.to_regnamespace('scim'))
 ORDER BY xact_start NULLS LAST
 LIMIT 1

-- migrate_prepare: what is done before the transaction of an upgrade, one command each, so that nobody waits for it.
-- $1 version of the schema, $2 version that it is to have
-- An index of a large table that a migration is about to make is built here beside the writers; the migration finds it.
-- What an attempt left behind half built goes first. Of small tables the migration makes its index faster by itself.
WITH parted (migration, since, parent, definition) AS (VALUES
    (9,  7, 'audit_events', $$(org, at) WHERE action IN ('deactivated', 'deleted') AND resource_type = 'User' AND request_id IS NOT NULL$$),
    (14, 7, 'request_log',  $$(org, at) WHERE result IN ('refused', 'failed')$$),
    (15, 7, 'audit_events', $$USING gin (members) WITH (fastupdate = off) WHERE members IS NOT NULL$$)
), wanted (migration, since, relation, name, definition) AS (
    SELECT 13, 6, pg_catalog.to_regclass('scim.users')::oid, 'users_manager_id_idx', '(org, manager_id) WHERE manager_id IS NOT NULL'
    UNION ALL
    -- Of each partition; that of the whole takes them up, whatever they are called (sql/prepared.sql).
    SELECT migration, since, inhrelid, pg_catalog.format('%s_prepared_%s', relname, migration), definition
      FROM parted
      JOIN pg_catalog.pg_inherits ON inhparent = pg_catalog.to_regclass('scim.' || parent)
      JOIN pg_catalog.pg_class ON pg_class.oid = inhrelid
), built AS (
    SELECT wanted.*, indexrelid, indisvalid
      FROM wanted
      LEFT JOIN pg_catalog.pg_index ON indexrelid = pg_catalog.to_regclass(pg_catalog.format('scim.%I', name))
     WHERE $1::integer BETWEEN since AND migration - 1 AND $2::integer >= migration
       AND pg_catalog.pg_relation_size(relation) > 32 * 1024 * 1024
)
SELECT pg_catalog.format('DROP INDEX CONCURRENTLY scim.%I', name) AS command, name, 1 AS step
  FROM built WHERE NOT indisvalid
 UNION ALL
SELECT pg_catalog.format('CREATE INDEX CONCURRENTLY %I ON %s %s', name, relation::regclass, definition), name, 2
  FROM built WHERE indisvalid IS NOT true
 ORDER BY name, step

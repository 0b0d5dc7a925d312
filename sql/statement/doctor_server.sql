-- doctor_server: one row of facts about server, login and schema; runs also where there is no schema.
WITH schema AS (
    SELECT namespace.oid, owner.rolname AS owner, owner.oid AS owner_oid
      FROM pg_catalog.pg_namespace AS namespace
      JOIN pg_catalog.pg_roles AS owner ON owner.oid = namespace.nspowner
     WHERE namespace.nspname = 'scim'
)
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num') AS version_number,
       current_setting('server_encoding') AS encoding,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('fsync') AS fsync,
       login.rolname AS login,
       login.rolsuper OR login.rolbypassrls AS login_is_above_fence,
       pg_catalog.pg_has_role(login.oid, schema.owner_oid, 'MEMBER') AS login_is_owner,
       schema.owner,
       coalesce(service.rolsuper OR service.rolbypassrls
                OR pg_catalog.pg_has_role(service.oid, schema.owner_oid, 'MEMBER'), false)
           AS service_is_above_fence,
       -- Which of the roles of sql/role.sql are missing.
       (SELECT string_agg(wanted.role, ', ')
          FROM (VALUES ('scim_owner'), ('scim_service'), ('scim_reader'), ('scim_auditor')) AS wanted (role)
         WHERE pg_catalog.to_regrole(wanted.role) IS NULL) AS missing_roles,
       (SELECT string_agg(relation.relname, ', ' ORDER BY relation.relname)
          FROM pg_catalog.pg_class AS relation
          JOIN pg_catalog.pg_attribute AS attribute
            ON attribute.attrelid = relation.oid AND attribute.attname = 'org'
         WHERE relation.relnamespace = schema.oid
           AND relation.relkind IN ('r', 'p') AND NOT relation.relispartition
           AND NOT (relation.relrowsecurity AND relation.relforcerowsecurity)) AS unfenced_tables,
       -- This transaction only reads; others would, too.
       pg_catalog.pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS reads_only
  FROM pg_catalog.pg_roles AS login
  LEFT JOIN schema ON true
  LEFT JOIN pg_catalog.pg_roles AS service ON service.rolname = 'scim_service'
 WHERE login.rolname = current_user

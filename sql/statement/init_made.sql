-- init_made: what `scimlet init` makes, as far as it is there.
SELECT (SELECT string_agg(rolname, ', ' ORDER BY rolname)
          FROM pg_catalog.pg_roles
         WHERE rolname IN ('scim_owner', 'scim_service', 'scim_reader', 'scim_auditor')) AS roles,
       (SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'scim') AS owner,
       (SELECT count(*) FROM pg_catalog.pg_class
         WHERE relnamespace = pg_catalog.to_regnamespace('scim') AND relkind IN ('r', 'p') AND NOT relispartition) AS tables,
       (SELECT count(*) FROM pg_catalog.pg_class
         WHERE relnamespace = pg_catalog.to_regnamespace('scim') AND relkind = 'v') AS views,
       (SELECT count(*) FROM pg_catalog.pg_proc
         WHERE pronamespace = pg_catalog.to_regnamespace('scim')) AS functions

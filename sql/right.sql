-- Gives back the rights that renew.sql remembered, on what is there again, to
-- whoever is still there.

DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT format('GRANT %s%s ON %s %s TO %I%s', privilege_type, CASE WHEN "column" IS NOT NULL THEN format('(%I)', "column") END, kind, object,
                      pg_get_userbyid(grantee), CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS command
          FROM jsonb_to_recordset(nullif(current_setting('scim.rights', true), '')::jsonb)
               AS saved (object text, "column" name, grantee oid, privilege_type text, is_grantable boolean)
         CROSS JOIN LATERAL (SELECT CASE WHEN object LIKE '%)' THEN 'FUNCTION' ELSE 'TABLE' END) AS is_a (kind)
          LEFT JOIN pg_attribute ON kind = 'TABLE' AND attrelid = to_regclass(object) AND attname = "column" AND NOT attisdropped
         WHERE CASE WHEN kind = 'FUNCTION' THEN to_regprocedure(object) IS NOT NULL
                    WHEN "column" IS NOT NULL THEN attname IS NOT NULL
                    ELSE to_regclass(object) IS NOT NULL END
           AND EXISTS (SELECT FROM pg_roles WHERE oid = grantee)
    LOOP
        EXECUTE given.command;
    END LOOP;
END
$$;

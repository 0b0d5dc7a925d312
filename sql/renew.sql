-- Run before the definitions where views or functions of an older version
-- cannot be replaced in place, as their columns are others. What of them nobody
-- else stands on goes, and the definitions make it anew; the rights that the
-- customer gave on it to roles of their own are remembered until then
-- (right.sql). What somebody else stands on stays, and is replaced in place if
-- that can be.

SELECT set_config('scim.rights', coalesce(jsonb_agg(to_jsonb(given))::text, ''), true)
  FROM (
    SELECT format('%s', view.oid::regclass) AS object, NULL::name AS "column", acl.*
      FROM pg_class AS view CROSS JOIN LATERAL aclexplode(view.relacl) AS acl
     WHERE view.relnamespace = 'scim'::regnamespace AND view.relkind = 'v' AND acl.grantee NOT IN (0, view.relowner)
    UNION ALL
    SELECT format('%s', view.oid::regclass), attname, acl.*
      FROM pg_class AS view
      JOIN pg_attribute ON attrelid = view.oid AND attnum > 0 AND NOT attisdropped
     CROSS JOIN LATERAL aclexplode(attacl) AS acl
     WHERE view.relnamespace = 'scim'::regnamespace AND view.relkind = 'v' AND acl.grantee NOT IN (0, view.relowner)
    UNION ALL
    SELECT format('%s', proc.oid::regprocedure), NULL, acl.*
      FROM pg_proc AS proc CROSS JOIN LATERAL aclexplode(proc.proacl) AS acl
     WHERE proc.pronamespace = 'scim'::regnamespace AND acl.grantee NOT IN (0, proc.proowner)
  ) AS given
 -- What our own roles may do is said by grant.sql alone.
 WHERE pg_get_userbyid(grantee) <> ALL ('{scim_owner,scim_service,scim_reader,scim_auditor}');

DO $$
DECLARE
    removal text;
    gone integer;
BEGIN
    -- Again while anything goes, for one may have stood on the other. Triggers and policies keep what they call.
    LOOP
        gone := 0;
        FOR removal IN
            SELECT format('VIEW %s', oid::regclass)
              FROM pg_class WHERE relnamespace = 'scim'::regnamespace AND relkind = 'v'
             UNION ALL
            SELECT format('ROUTINE %s', oid::regprocedure)
              FROM pg_proc
             WHERE pronamespace = 'scim'::regnamespace AND prorettype <> 'trigger'::regtype
               -- Of a migration: no definition would make it again.
               AND proname <> ALL ('{fold, make_partition}')
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

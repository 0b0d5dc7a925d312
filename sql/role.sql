-- Roles and the schema: the first file of `scimlet init` and `scimlet migrate`,
-- safe to repeat, run before the migrations and outside their transactions.
--
-- With three roles the responder cannot touch what it does not need. Where the
-- session may not create roles (shared hosting), or may not use those that
-- another customer of the same cluster made, everything belongs to the current
-- role: one-role mode. From here on the owner of the schema tells which.
--
-- A dump that was restored where these roles did not exist belongs to who
-- restored it. It is told from one-role mode by its policies: none lets anybody
-- see every organization. Where the roles can be made now, it gets them back;
-- what they may do, grant.sql says.
--
-- scim_auditor came later: where it is missing and cannot be made, everything
-- else works without it.

DO $$
BEGIN
    IF current_setting('server_version_num')::integer < 130000 THEN
        RAISE EXCEPTION 'Scimlet needs PostgreSQL 13 or later; this is %.',
            current_setting('server_version');
    END IF;
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'Scimlet needs a database with encoding UTF8; this one has %.',
            current_setting('server_encoding')
            USING HINT = 'CREATE DATABASE ... TEMPLATE template0 ENCODING ''UTF8''';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_collation
                    WHERE collname = 'und-x-icu'
                      AND collnamespace = 'pg_catalog'::regnamespace) THEN
        RAISE EXCEPTION 'Scimlet needs a PostgreSQL built with ICU: the collation "und-x-icu" is missing.';
    END IF;
END
$$;

DO $$
DECLARE
    wanted record;
    has_16 constant boolean := current_setting('server_version_num')::integer >= 160000;
BEGIN
    IF NOT (SELECT rolsuper OR rolcreaterole
              FROM pg_catalog.pg_roles WHERE rolname = current_user)
       -- One role owns the schema already, and is meant to: nobody would use the others.
       OR (SELECT pg_get_userbyid(nspowner) <> 'scim_owner'
             FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
          AND EXISTS (SELECT FROM pg_catalog.pg_policies WHERE schemaname = 'scim' AND policyname = 'every_organization') THEN
        RETURN;
    END IF;
    FOR wanted IN
        SELECT *
          FROM (VALUES
            ('scim_owner',   'NOLOGIN', 'Scimlet: owns the schema scim.'),
            ('scim_service', 'LOGIN',   'Scimlet: what the responder logs in as.'),
            ('scim_reader',  'NOLOGIN', 'Scimlet: reads everything but the digests of tokens.'),
            ('scim_auditor', 'NOLOGIN', 'Scimlet: reads what was asked and what changed, but not people.')
          ) AS wanted (role, login, description)
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role)
    LOOP
        -- An init of another database of the same cluster may make it at the same moment.
        BEGIN
            EXECUTE format('CREATE ROLE %I %s', wanted.role, wanted.login);
            EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.role, wanted.description);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
    -- From PostgreSQL 16 on the maker of a role may not yet SET ROLE to it, but
    -- may grant that; roles that another login made may not be granted at all.
    IF NOT pg_catalog.pg_has_role(current_user, 'scim_owner',
            CASE WHEN has_16 THEN 'SET' ELSE 'MEMBER' END)
       AND (NOT has_16 OR pg_catalog.pg_has_role(current_user, 'scim_owner',
            'MEMBER WITH ADMIN OPTION')) THEN
        EXECUTE format('GRANT scim_owner TO %I', current_user);
    END IF;
END
$$;

DO $$
DECLARE
    owner name;
    owned text;
BEGIN
    SELECT rolname INTO owner
      FROM pg_catalog.pg_roles
     WHERE rolname = 'scim_owner'
       AND pg_catalog.pg_has_role(current_user, oid,
            CASE WHEN current_setting('server_version_num')::integer >= 160000
                 THEN 'SET' ELSE 'MEMBER' END)
       AND (SELECT count(*) FROM pg_catalog.pg_roles
             WHERE rolname IN ('scim_service', 'scim_reader')) = 2;
    IF owner IS NOT NULL AND (SELECT nspowner <> owner::regrole FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
       AND EXISTS (SELECT FROM pg_catalog.pg_policies WHERE schemaname = 'scim' AND policyname = 'organization')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_policies WHERE schemaname = 'scim' AND policyname = 'every_organization') THEN
        FOR owned IN
            SELECT 'SCHEMA scim'
             UNION ALL
            -- A sequence of a column follows its table; views and sequences are tables here.
            SELECT format('TABLE scim.%I', relname)
              FROM pg_catalog.pg_class
             WHERE relnamespace = pg_catalog.to_regnamespace('scim') AND relkind IN ('r', 'p', 'v', 'm', 'S')
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend
                                WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = pg_class.oid
                                  AND relkind = 'S' AND deptype IN ('a', 'i'))
             UNION ALL
            SELECT format('ROUTINE %s', oid::regprocedure)
              FROM pg_catalog.pg_proc WHERE pronamespace = pg_catalog.to_regnamespace('scim')
        LOOP
            EXECUTE format('ALTER %s OWNER TO %I', owned, owner);
        END LOOP;
    END IF;
    IF pg_catalog.to_regnamespace('scim') IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE SCHEMA scim AUTHORIZATION %I', coalesce(owner, current_user));
END
$$;

-- Every object says what it is for: \d+ and \df+ are the manual of the schema.
\ir fixture/begin.sql
SELECT plan(14);

SELECT isnt(obj_description('scim'::regnamespace, 'pg_namespace'), NULL, 'the schema has a comment');
SELECT is_empty($$
    SELECT oid::regclass FROM pg_class
     WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
       AND obj_description(oid, 'pg_class') IS NULL
    $$, 'every relation has a comment');
SELECT is_empty($$
    SELECT attrelid::regclass, attname
      FROM pg_attribute
      JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
       AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL
    $$, 'every column has a comment');
SELECT is_empty($$
    SELECT conrelid::regclass, conname FROM pg_constraint
     WHERE connamespace = 'scim'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')
       AND obj_description(oid, 'pg_constraint') IS NULL
    $$, 'every constraint has a comment');
SELECT is_empty($$
    SELECT indexrelid::regclass
      FROM pg_index
      JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'scim'::regnamespace AND NOT relispartition
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
       AND obj_description(indexrelid, 'pg_class') IS NULL
    $$, 'every index that is not a constraint has a comment');
SELECT is_empty($$
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL
    $$, 'every function has a comment');
SELECT is_empty($$
    SELECT tgrelid::regclass, tgname
      FROM pg_trigger
      JOIN pg_class ON pg_class.oid = tgrelid
     WHERE relnamespace = 'scim'::regnamespace AND NOT tgisinternal AND tgparentid = 0
       AND obj_description(pg_trigger.oid, 'pg_trigger') IS NULL
    $$, 'every trigger has a comment');
SELECT is_empty($$
    SELECT polrelid::regclass, polname
      FROM pg_policy
      JOIN pg_class ON pg_class.oid = polrelid
     WHERE relnamespace = 'scim'::regnamespace
       AND obj_description(pg_policy.oid, 'pg_policy') IS NULL
    $$, 'every policy has a comment');

-- Types of the schema beside those of its relations, and whatever else one may make some day.
SELECT is_empty($$
    SELECT format_type(type.oid, NULL)
      FROM pg_type AS type
      LEFT JOIN pg_class AS relation ON relation.oid = type.typrelid
     WHERE type.typnamespace = 'scim'::regnamespace AND type.typelem = 0 AND coalesce(relation.relkind, 'c') = 'c'
       AND obj_description(type.oid, 'pg_type') IS NULL
    $$, 'every type and domain has a comment');
SELECT is_empty($$
    SELECT oid::regclass FROM pg_class
     WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('S', 'f', 'c')
       AND obj_description(oid, 'pg_class') IS NULL
    $$, 'every sequence has a comment');
SELECT is_empty($$
    SELECT stxname FROM pg_statistic_ext
     WHERE stxnamespace = 'scim'::regnamespace AND obj_description(oid, 'pg_statistic_ext') IS NULL
    UNION ALL
    SELECT rulename FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
     WHERE relnamespace = 'scim'::regnamespace AND rulename <> '_RETURN'
       AND obj_description(pg_rewrite.oid, 'pg_rewrite') IS NULL
    UNION ALL
    SELECT oprname FROM pg_operator
     WHERE oprnamespace = 'scim'::regnamespace AND obj_description(oid, 'pg_operator') IS NULL
    UNION ALL
    SELECT collname FROM pg_collation
     WHERE collnamespace = 'scim'::regnamespace AND obj_description(oid, 'pg_collation') IS NULL
    $$, 'and so have statistics, rules, operators and collations');
SELECT is_empty($$
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace
       AND (cardinality(coalesce(proallargtypes, proargtypes::oid[])) <> coalesce(cardinality(proargnames), 0)
            OR '' = ANY (proargnames))
    $$, 'every argument and result column of a function has a name');
SELECT is_empty($$
    SELECT role FROM (VALUES ('scim_owner'), ('scim_service'), ('scim_reader'), ('scim_auditor')) AS roles (role)
     WHERE shobj_description(to_regrole(role), 'pg_authid') IS NULL
    $$, 'every role has a comment');
-- A word that is left over says nothing to a DBA.
SELECT is_empty($$
    SELECT coalesce(nullif(objsubid, 0)::text, '') || ' ' || objoid || ' ' || description
      FROM pg_description
     WHERE (description !~ '[.?)]$' OR description ~* '\m(todo|fixme|xxx)\M')
       AND (classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM pg_class WHERE relnamespace = 'scim'::regnamespace)
            OR classoid = 'pg_proc'::regclass AND objoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'scim'::regnamespace)
            OR classoid = 'pg_constraint'::regclass
               AND objoid IN (SELECT oid FROM pg_constraint WHERE connamespace = 'scim'::regnamespace))
    $$, 'every comment is a sentence that ends');

SELECT * FROM finish();
ROLLBACK;

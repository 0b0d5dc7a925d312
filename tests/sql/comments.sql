-- Every object says what it is for: \d+ and \df+ are the manual of the schema.
\ir fixture/begin.sql
SELECT plan(8);

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
     WHERE relnamespace = 'scim'::regnamespace AND NOT tgisinternal
       AND obj_description(pg_trigger.oid, 'pg_trigger') IS NULL
    $$, 'every trigger has a comment');
SELECT is_empty($$
    SELECT polrelid::regclass, polname
      FROM pg_policy
      JOIN pg_class ON pg_class.oid = polrelid
     WHERE relnamespace = 'scim'::regnamespace
       AND obj_description(pg_policy.oid, 'pg_policy') IS NULL
    $$, 'every policy has a comment');

SELECT * FROM finish();
ROLLBACK;

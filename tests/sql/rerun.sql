-- Definitions and grants are applied after every upgrade: again changes nothing.
\ir fixture/begin.sql
SELECT plan(4);

-- Everything the catalogs say about the schema, without what a new start numbers anew.
CREATE FUNCTION pg_temp.described() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('%s %s', pg_get_functiondef(oid), proacl) FROM pg_proc WHERE pronamespace = 'scim'::regnamespace
    UNION ALL
    SELECT format('%s %s', relname, relacl) FROM pg_class WHERE relnamespace = 'scim'::regnamespace
    UNION ALL
    SELECT format('%s.%s %s', attrelid::regclass, attname, attacl)
      FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'scim'::regnamespace)
    UNION ALL
    SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE relnamespace = 'scim'::regnamespace AND NOT tgisinternal
    UNION ALL
    SELECT format('%s', policies) FROM pg_policies AS policies WHERE schemaname = 'scim'
    UNION ALL
    SELECT format('%s %s', oid::regprocedure, obj_description(oid, 'pg_proc')) FROM pg_proc WHERE pronamespace = 'scim'::regnamespace
    UNION ALL
    SELECT format('%s %s', rolname, rolcanlogin) FROM pg_roles WHERE rolname LIKE 'scim\_%'
$$;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.described() AS line;
SELECT cmp_ok(count(*), '>', 100::bigint, 'there is something to compare') FROM before;

\ir ../../sql/role.sql
SET LOCAL ROLE scim_owner;
\ir ../../sql/function/common.sql
\ir ../../sql/function/schema.sql
\ir ../../sql/function/group.sql
\ir ../../sql/function/guard.sql
\ir ../../sql/function/list.sql
\ir ../../sql/function/log.sql
\ir ../../sql/function/audit.sql
\ir ../../sql/function/login.sql
\ir ../../sql/function/membership.sql
\ir ../../sql/function/organization.sql
\ir ../../sql/function/person.sql
\ir ../../sql/function/resource.sql
\ir ../../sql/function/undo.sql
\ir ../../sql/function/user.sql
\ir ../../sql/function/mapping.sql
\ir ../../sql/view/connections.sql
\ir ../../sql/view/team_members.sql
\ir ../../sql/function/why.sql
\ir ../../sql/function/protect.sql
\ir ../../sql/function/check.sql
\ir ../../sql/function/erase.sql
\ir ../../sql/function/prune.sql
\ir ../../sql/function/call.sql
\ir ../../sql/function/api.sql
\ir ../../sql/function/history.sql
\ir ../../sql/function/admin.sql
\ir ../../sql/view/people.sql
\ir ../../sql/view/seats.sql
\ir ../../sql/function/activity.sql
\ir ../../sql/function/change.sql
\ir ../../sql/function/comment.sql
\ir ../../sql/function/nesting.sql
\ir ../../sql/view/audit.sql
\ir ../../sql/view/contacts.sql
\ir ../../sql/view/log.sql
\ir ../../sql/view/memberships.sql
\ir ../../sql/view/settings.sql
\ir ../../sql/view/token_overview.sql
\ir ../../sql/view/api.sql
\ir ../../sql/view/reading.sql
\ir ../../sql/grant.sql
\ir ../../sql/internal.sql
\ir ../../sql/function/objects.sql
RESET ROLE;

SELECT bag_eq('SELECT * FROM pg_temp.described()', 'SELECT line FROM before', 'nothing is different');

-- What somebody granted by hand to the roles does not survive.
GRANT ALL ON scim.tokens TO scim_service, scim_reader;
GRANT EXECUTE ON FUNCTION scim.user_resource(jsonb) TO PUBLIC;
SELECT isnt_empty('SELECT * FROM pg_temp.described() EXCEPT ALL SELECT line FROM before', 'a stray grant is seen');
SET LOCAL ROLE scim_owner;
\ir ../../sql/grant.sql
\ir ../../sql/internal.sql
RESET ROLE;
SELECT bag_eq('SELECT * FROM pg_temp.described()', 'SELECT line FROM before', 'and is taken back');

SELECT * FROM finish();
ROLLBACK;

-- api: which of the functions are for people, in the order of use.
--
-- This is the one list of them. Whatever does not stand here is called by the
-- programs, triggers and views: sql/internal.sql says so in its comment. What a
-- function does is its own comment. An example is about jane@acme.com and
-- runs as it stands (tests/database/test_sql_api_list.py).

CREATE OR REPLACE VIEW scim.api AS
SELECT listed.place, listed.topic, proc.proname::text AS name,
       -- Columns of the result stand behind what is to be given.
       regexp_replace(pg_get_function_arguments(proc.oid), '(^|, )OUT .*$', '') AS arguments, pg_get_function_result(proc.oid) AS returns,
       obj_description(proc.oid, 'pg_proc') AS what_it_does, callers.who_may_call, listed.example
  FROM (VALUES
       ( 1, 'find',     'why',                 'SELECT at, sentence, next_step FROM scim.why(''acme'', ''jane@acme.com'')'),
       ( 2, 'find',     'fold',                'SELECT * FROM scim.users WHERE org = ''acme'' AND user_name_key = scim.fold(''Jane@ACME.com'')'),
       ( 3, 'find',     'effective_groups',    'SELECT * FROM scim.effective_groups(''acme'', ''jane@acme.com'')'),
       ( 4, 'find',     'effective_members',   'SELECT * FROM scim.effective_members(''acme'', ''Engineering'')'),
       ( 5, 'find',     'teams_of',            'SELECT team.* FROM scim.users AS person, scim.teams_of(person.org, person.id) AS team WHERE person.org = ''acme'' AND person.user_name_key = scim.fold(''jane@acme.com'')'),
       ( 6, 'find',     'team_members_of',     'SELECT * FROM scim.team_members_of(''acme'', ''engineering'')'),
       ( 7, 'find',     'settings_of',         'SELECT * FROM scim.settings_of(''acme'')'),
       ( 8, 'past',     'history',             'SELECT at, action, who, changed FROM scim.history(''acme'', ''jane@acme.com'')'),
       ( 9, 'past',     'as_of',               'SELECT user_name, status FROM scim.as_of(''acme'', now() - interval ''1 day'')'),
       (10, 'past',     'as_of_groups',        'SELECT display_name, cardinality(members) FROM scim.as_of_groups(''acme'', now() - interval ''1 day'')'),
       (11, 'past',     'as_of_members',       'SELECT type, name FROM scim.as_of_members(''acme'', ''Engineering'', now() - interval ''1 day'')'),
       (12, 'people',   'upsert_person',       'SELECT * FROM scim.upsert_person(''acme'', ''{"externalId": "00u77", "userName": "eve@acme.com", "displayName": "Eve"}'')'),
       (13, 'people',   'deactivate_person',   'SELECT * FROM scim.deactivate_person(''acme'', ''jane@acme.com'')'),
       (14, 'people',   'reactivate_person',   'SELECT * FROM scim.reactivate_person(''acme'', ''jane@acme.com'')'),
       (15, 'people',   'remove_person',       'SELECT * FROM scim.remove_person(''acme'', ''jane@acme.com'')'),
       (16, 'people',   'link_login',          'SELECT decision, sentence FROM scim.link_login(''acme'', subject => ''jane@acme.com'', email => ''jane@acme.com'', account => ''4711'')'),
       (17, 'groups',   'upsert_group',        'SELECT * FROM scim.upsert_group(''acme'', ''Engineering'', external_id => ''00g1'')'),
       (18, 'groups',   'set_members',         'SELECT * FROM scim.set_members(''acme'', ''Engineering'', ''{jane@acme.com}'')'),
       (19, 'groups',   'add_members',         'SELECT * FROM scim.add_members(''acme'', ''Engineering'', ''{jane@acme.com}'')'),
       (20, 'groups',   'remove_members',      'SELECT * FROM scim.remove_members(''acme'', ''Engineering'', ''{jane@acme.com}'')'),
       (21, 'groups',   'remove_group',        'SELECT * FROM scim.remove_group(''acme'', ''Engineering'')'),
       (22, 'mend',     'undo',                'SELECT action, resource_type, name, detail FROM scim.undo(''acme'', now() - interval ''2 hours'', dry_run => true)'),
       (23, 'mend',     'guard_release',       'SELECT * FROM scim.guard_release(''acme'', interval ''1 hour'')'),
       (24, 'mend',     'check',               'SELECT * FROM scim.check(''acme'')'),
       (25, 'many',     'import',              'SELECT line, action, subject, sentence FROM scim.import(''acme'', dry_run => true)'),
       (26, 'many',     'prune',               'SELECT * FROM scim.prune()'),
       (27, 'many',     'erase',               'SELECT * FROM scim.erase(''acme'', ''jane@acme.com'')'),
       (28, 'organize', 'create_organization', 'SELECT scim.create_organization(''acme-test'', ''Acme, for trying'')'),
       (29, 'organize', 'set_settings',        'SELECT * FROM scim.set_settings(''acme'', ''{"on_delete": "suspend", "seat_limit": 100}'')'),
       (30, 'organize', 'create_token',        'SELECT scim.create_token(''acme'', ''okta'', lifetime => ''90 days'')'),
       (31, 'organize', 'replace_token',       'SELECT scim.replace_token(org, id, grace => ''1 day'') FROM scim.tokens WHERE org = ''acme'' AND label = ''okta'' AND revoked IS NULL'),
       (32, 'organize', 'revoke_token',        'SELECT scim.revoke_token(org, id) FROM scim.tokens WHERE org = ''acme'' AND label = ''okta'' AND revoked IS NULL'),
       (33, 'organize', 'delete_organization', 'SELECT * FROM scim.delete_organization(''acme-test'')')
       ) AS listed (place, topic, name, example)
  -- By name: one that is replaced while this view stands is found again.
  JOIN pg_proc AS proc ON proc.proname = listed.name AND proc.pronamespace = 'scim'::regnamespace
 CROSS JOIN LATERAL (
       SELECT array_agg(allowed.role::text ORDER BY allowed.grantee <> proc.proowner,
                  array_position('{scim_service,scim_reader,scim_auditor}', allowed.role::text), allowed.role) AS who_may_call
         FROM (SELECT DISTINCT acl.grantee, CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(acl.grantee) END AS role
                 FROM aclexplode(coalesce(proc.proacl, acldefault('f', proc.proowner))) AS acl) AS allowed) AS callers
 ORDER BY listed.place;
COMMENT ON VIEW scim.api IS
    'The functions that are for people, in the order of use, each with an example: begin here, not with \df. All others are called by the programs, triggers and views; their comments begin with "Internal: ".';
COMMENT ON COLUMN scim.api.place        IS 'Orders them: find, look back, write people and groups, mend, many at once, organize.';
COMMENT ON COLUMN scim.api.topic        IS 'What it is for: find, past, people, groups, mend, many or organize.';
COMMENT ON COLUMN scim.api.name         IS 'The function: SELECT * FROM scim.NAME(...).';
COMMENT ON COLUMN scim.api.arguments    IS 'What is to be given; what has a DEFAULT may be left out. Columns of the result stand in what_it_does.';
COMMENT ON COLUMN scim.api.returns      IS 'What comes back: a value, a record, or a TABLE of rows.';
COMMENT ON COLUMN scim.api.what_it_does IS 'Its comment: what it does, arguments, result, errors.';
COMMENT ON COLUMN scim.api.who_may_call IS 'The owner of the schema, and the roles to which EXECUTE is granted.';
COMMENT ON COLUMN scim.api.example      IS 'A call that runs as it stands where there is an organization acme.';

"""More that a DBA who means no good may try: views, several things at once, MERGE, COPY, odd values; {o} is the organization, {p} another."""
# Words that stand for a longer one.
WORDS = {
    "@TEAM": "(SELECT id FROM scim.groups WHERE org = '{o}' AND display_name = 'Team')",
    "@OTHER": "(SELECT id FROM scim.groups WHERE org = '{o}' AND display_name = 'Other')",
    "@JANE_ID": "(SELECT id FROM scim.users WHERE org = '{o}' AND user_name = 'jane')",
    "@JOE_ID": "(SELECT id FROM scim.users WHERE org = '{o}' AND user_name = 'joe')",
    "@JANE": "org = '{o}' AND user_name = 'jane'",
}

STATEMENTS = r"""
-- Through views.
UPDATE scim.people SET title = 'x' WHERE @JANE
UPDATE scim.people SET status = 'removed' WHERE @JANE
DELETE FROM scim.people WHERE @JANE
INSERT INTO scim.people (org, user_name) VALUES ('{o}', 'byview')
UPDATE scim.emails SET value = 'x'
DELETE FROM scim.emails
DELETE FROM scim.phones
DELETE FROM scim.addresses
UPDATE scim.token_overview SET last_four = 'zzzz' WHERE org = '{o}'
DELETE FROM scim.token_overview WHERE org = '{o}'
UPDATE scim.token_overview SET id = gen_random_uuid() WHERE org = '{o}'
DELETE FROM scim.log WHERE org = '{o}'
UPDATE scim.audit SET name = 'x'
DELETE FROM scim.audit
DELETE FROM scim.changes
UPDATE scim.settings SET value = 'x'
DELETE FROM scim.memberships
DELETE FROM scim.team_members
UPDATE scim.group_overview SET display_name = 'y'
DELETE FROM scim.group_overview WHERE org = '{o}'
DELETE FROM scim.rejections
DELETE FROM scim.connections
DELETE FROM scim.seats
DELETE FROM scim.api
DELETE FROM scim.attention
UPDATE scim.effective_memberships SET group_name = 'x'
DELETE FROM scim.activity_by_hour
-- Several things in one statement, or in one transaction.
WITH a AS (UPDATE scim.users SET title = 'a' WHERE @JANE RETURNING *) UPDATE scim.users SET title = 'b' WHERE @JANE
WITH a AS (DELETE FROM scim.users WHERE @JANE RETURNING *) UPDATE scim.users SET title = 'b' WHERE @JANE
WITH a AS (INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'new') RETURNING *) INSERT INTO scim.group_members (org, group_id, member_id) SELECT org, @TEAM, id FROM a
WITH a AS (DELETE FROM scim.users WHERE @JANE RETURNING *) INSERT INTO scim.group_members (org, group_id, member_id) SELECT org, @OTHER, id FROM a
WITH a AS (DELETE FROM scim.groups WHERE org = '{o}' AND display_name = 'Team' RETURNING *) INSERT INTO scim.group_members (org, group_id, member_id) SELECT org, id, @JANE_ID FROM a
WITH a AS (DELETE FROM scim.group_members WHERE org = '{o}' RETURNING *) INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT org, group_id, member_id, member_type FROM a
WITH a AS (DELETE FROM scim.group_members WHERE org = '{o}' RETURNING *) DELETE FROM scim.groups WHERE org = '{o}'
WITH a AS (UPDATE scim.users SET active = false WHERE org = '{o}' RETURNING *) DELETE FROM scim.group_members WHERE org = '{o}'
WITH a AS (UPDATE scim.groups SET display_name = 'x1' WHERE org = '{o}' AND display_name = 'Team' RETURNING *) UPDATE scim.users SET display_name = 'y1' WHERE @JANE
WITH a AS (UPDATE scim.organization_settings SET on_delete = 'suspend' WHERE org = '{o}' RETURNING *) DELETE FROM scim.users WHERE @JANE
WITH a AS (UPDATE scim.organization_settings SET on_deactivate = 'remove' WHERE org = '{o}' RETURNING *) UPDATE scim.users SET active = false WHERE @JANE
UPDATE scim.users SET user_name = 'tmp' WHERE @JANE; UPDATE scim.users SET user_name = 'jane' WHERE org = '{o}' AND user_name = 'joe'; UPDATE scim.users SET user_name = 'joe' WHERE org = '{o}' AND user_name = 'tmp'
DELETE FROM scim.users WHERE @JANE; INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'jane')
DELETE FROM scim.users WHERE org = '{o}'; DELETE FROM scim.groups WHERE org = '{o}'
DELETE FROM scim.groups WHERE org = '{o}'; DELETE FROM scim.users WHERE org = '{o}'
SET CONSTRAINTS ALL DEFERRED; DELETE FROM scim.users WHERE @JANE
UPDATE scim.users SET active = false WHERE org = '{o}'; UPDATE scim.users SET active = true WHERE org = '{o}'
UPDATE scim.organization_settings SET on_deactivate = 'remove' WHERE org = '{o}'; UPDATE scim.users SET active = false WHERE org = '{o}'; UPDATE scim.users SET active = true WHERE org = '{o}'
UPDATE scim.organization_settings SET on_delete = 'suspend' WHERE org = '{o}'; DELETE FROM scim.users WHERE org = '{o}'; INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'jane')
UPDATE scim.organization_settings SET on_delete = 'suspend' WHERE org = '{o}'; DELETE FROM scim.users WHERE @JANE; INSERT INTO scim.users (org, id, resource) SELECT org, id, resource FROM scim.deleted_users WHERE @JANE
SAVEPOINT s; DELETE FROM scim.users WHERE @JANE; ROLLBACK TO s; UPDATE scim.users SET title = 'x' WHERE @JANE
DECLARE c CURSOR FOR SELECT * FROM scim.users WHERE @JANE FOR UPDATE; FETCH c; UPDATE scim.users SET title = 'cur' WHERE CURRENT OF c
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @OTHER, 'Group'); UPDATE scim.groups SET display_name = 'circle' WHERE org = '{o}' AND display_name = 'Team'
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @OTHER, 'Group'); DELETE FROM scim.groups WHERE org = '{o}'
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @OTHER, 'Group'); DELETE FROM scim.users WHERE org = '{o}'
LOCK TABLE scim.users; TRUNCATE scim.group_members
-- MERGE (PostgreSQL 15).
MERGE INTO scim.users AS u USING (VALUES ('jane', 'a'), ('fresh', 'b')) AS v (n, t) ON u.org = '{o}' AND u.user_name = v.n WHEN MATCHED THEN UPDATE SET title = v.t WHEN NOT MATCHED THEN INSERT (org, user_name, title) VALUES ('{o}', v.n, v.t)
MERGE INTO scim.users AS u USING (VALUES ('jane'), ('joe')) AS v (n) ON u.org = '{o}' AND u.user_name = v.n WHEN MATCHED AND v.n = 'jane' THEN DELETE WHEN MATCHED THEN UPDATE SET version = 0
MERGE INTO scim.users AS u USING (VALUES ('jane'), ('joe')) AS v (n) ON u.org = '{o}' AND u.user_name = v.n WHEN MATCHED AND v.n = 'jane' THEN DELETE WHEN MATCHED THEN UPDATE SET title = 'm'
MERGE INTO scim.users AS u USING (VALUES ('JANE')) AS v (n) ON u.org = '{o}' AND u.user_name = v.n WHEN NOT MATCHED THEN INSERT (org, user_name) VALUES ('{o}', v.n)
MERGE INTO scim.groups AS g USING (VALUES ('Team'), ('Fresh')) AS v (n) ON g.org = '{o}' AND g.display_name = v.n WHEN MATCHED THEN UPDATE SET member_count = 7 WHEN NOT MATCHED THEN INSERT (org, display_name) VALUES ('{o}', v.n)
MERGE INTO scim.groups AS g USING (VALUES ('Team'), ('Fresh')) AS v (n) ON g.org = '{o}' AND g.display_name = v.n WHEN MATCHED THEN UPDATE SET external_id = 'e' WHEN NOT MATCHED THEN INSERT (org, display_name) VALUES ('{o}', v.n)
MERGE INTO scim.group_members AS m USING (SELECT @TEAM AS g, id FROM scim.users WHERE org = '{o}' AND user_name <> 'removed') AS v ON m.org = '{o}' AND m.group_id = v.g AND m.member_id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (org, group_id, member_id) VALUES ('{o}', v.g, v.id)
-- COPY.
COPY scim.group_members (org, group_id, member_id) FROM stdin;\n{o}\tnot-a-uuid\tx\n\.\n
COPY scim.groups (org, display_name, member_count) FROM stdin;\n{o}\tC\t5\n\.\n
COPY scim.groups (org, display_name) FROM stdin;\n{o}\tC\n{o}\tc\n\.\n
COPY scim.users (org, user_name, version, created) FROM stdin;\n{o}\tcv\t-9\tinfinity\n\.\n
COPY scim.users FROM stdin;\n{o}\n\.\n
COPY scim.users (org, resource) FROM stdin;\n{o}\t{{"userName": "nul\\u0000"}}\n\.\n
-- People.
UPDATE scim.users SET user_name = CASE user_name WHEN 'jane' THEN 'joe' ELSE 'jane' END WHERE org = '{o}' AND user_name IN ('jane', 'joe')
INSERT INTO scim.users (org, resource) VALUES ('{o}', jsonb_build_object('userName', 'big', 'title', repeat('x', 10000000)))
INSERT INTO scim.users (org, resource) VALUES ('{o}', jsonb_build_object('userName', 'big', 'emails', (SELECT jsonb_agg(jsonb_build_object('value', 'a' || n)) FROM generate_series(1, 20000) AS n)))
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "nul\u0000"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "lone\ud800"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "x", "active": NaN}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', jsonb_build_object('userName', 'nan', 'title', 'NaN'::float8))
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "a", "userName": "b"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "a", "username": "b"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "a", "displayName": "x", "DISPLAYNAME": "y"}}')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', repeat(U&'\0301', 1000))
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\200B')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\202Ejane')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\D800')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\FFFF')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', ' jane')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'jane ')
INSERT INTO scim.users (org, user_name, external_id, employee_number, department, manager_id) VALUES ('{o}', 'h', ' ', ' ', ' ', ' ')
INSERT INTO scim.users (org, user_name, manager_id) VALUES ('{o}', 'h', 'nobody')
INSERT INTO scim.users (org, user_name, version) VALUES ('{o}', 'h', 9223372036854775807)
INSERT INTO scim.users (org, user_name, created) VALUES ('{o}', 'h', now() + interval '100 years')
INSERT INTO scim.users (org, user_name, last_modified) VALUES ('{o}', 'h', now() - interval '100 years')
INSERT INTO scim.users (org, user_name, linked, last_login) VALUES ('{o}', 'h', 'infinity', '-infinity')
INSERT INTO scim.users (org, user_name, login_subject) VALUES ('{o}', 'h', repeat('s', 10000))
INSERT INTO scim.users (org, user_name, account) VALUES ('{o}', 'h', repeat('s', 10000))
INSERT INTO scim.users (org, user_name, protected) VALUES ('{o}', 'h', NULL)
UPDATE scim.users SET version = -1 WHERE @JANE
UPDATE scim.users SET version = 'NaN' WHERE @JANE
UPDATE scim.users SET version = 1.5 WHERE @JANE
UPDATE scim.users SET (user_name, resource) = ('x', '{{"userName": "y"}}') WHERE @JANE
UPDATE scim.users SET active = false, resource = resource || '{{"active": true}}' WHERE @JANE
UPDATE scim.users SET active = false, resource = resource - 'active' WHERE @JANE
UPDATE scim.users SET account = NULL, linked = NULL WHERE @JANE
UPDATE scim.users SET account = 'b' WHERE org = '{o}'
UPDATE scim.users SET login_subject = 's' WHERE org = '{o}'
UPDATE scim.users SET org = NULL WHERE @JANE
UPDATE scim.users SET id = NULL WHERE @JANE
UPDATE scim.users SET created = NULL WHERE @JANE
UPDATE scim.users SET resource = DEFAULT WHERE @JANE
UPDATE scim.users SET user_name = DEFAULT WHERE @JANE
UPDATE scim.users SET resource = '[]' WHERE @JANE
UPDATE scim.users SET resource = 'null' WHERE @JANE
UPDATE scim.users SET resource = '"x"' WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, '{{emails,0,value}}', '7') WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, '{{emails,0,primary}}', '"yes"') WHERE @JANE
UPDATE scim.users SET resource = resource #- '{{emails,0,value}}' WHERE @JANE
UPDATE scim.users SET resource['title'] = '7' WHERE @JANE
UPDATE scim.users SET resource['emails'][0]['primary'] = 'true' WHERE @JANE
UPDATE scim.users SET external_id = 'same' WHERE org = '{o}'
UPDATE scim.users SET manager_id = (SELECT id::text FROM scim.users WHERE org = '{p}' LIMIT 1) WHERE @JANE
UPDATE scim.users AS u SET org = p.org FROM scim.organizations AS p WHERE p.org = '{p}' AND u.org = '{o}'
UPDATE scim.users AS u SET display_name = g.display_name FROM scim.groups AS g WHERE g.org = '{o}' AND u.org = '{o}'
INSERT INTO scim.users (org, id, user_name) SELECT '{p}', id, user_name FROM scim.users WHERE org = '{o}' ON CONFLICT DO NOTHING
INSERT INTO scim.users (org, user_name) SELECT org, user_name FROM scim.users ON CONFLICT DO NOTHING
INSERT INTO scim.users (org, user_name) SELECT org, user_name FROM scim.users WHERE org = '{o}' ON CONFLICT ON CONSTRAINT users_user_name_key DO UPDATE SET org = '{p}'
INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'joe', 'x'), ('{o}', 'JOE', 'y') ON CONFLICT (org, user_name_key) DO UPDATE SET title = excluded.title
TRUNCATE ONLY scim.users, scim.user_emails, scim.group_members, scim.indexed_values, scim.list_anchors
-- Groups, members and mappings.
UPDATE scim.groups SET display_name = CASE display_name WHEN 'Team' THEN 'Other' ELSE 'Team' END WHERE org = '{o}'
UPDATE scim.group_members SET member_type = 'Group' WHERE org = '{o}' AND member_type = 'User'
UPDATE scim.group_members SET member_type = 'User' WHERE org = '{o}' AND member_type = 'Group'
UPDATE scim.group_members SET member_id = @JOE_ID WHERE org = '{o}' AND member_id = @JANE_ID
UPDATE scim.group_members SET group_id = @OTHER WHERE org = '{o}' AND member_type = 'User'
UPDATE scim.group_members SET group_id = member_id, member_id = group_id WHERE org = '{o}' AND member_type = 'Group'
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', @TEAM, NULL)
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', NULL, @JANE_ID)
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @JANE_ID, NULL)
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @JANE_ID, 'Robot')
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', @OTHER, @JANE_ID) ON CONFLICT (org, group_id, member_id) DO UPDATE SET member_id = excluded.group_id
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', @TEAM, @JANE_ID) ON CONFLICT (org, group_id, member_id) DO UPDATE SET member_id = @JOE_ID
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', @OTHER, @JANE_ID), ('{o}', @OTHER, @JANE_ID)
UPDATE scim.groups SET version = -1 WHERE org = '{o}'
UPDATE scim.groups SET member_count = member_count + 1, display_name = 'x' WHERE org = '{o}' AND display_name = 'Team'
UPDATE scim.groups SET protected = NULL WHERE org = '{o}'
UPDATE scim.groups SET external_id = '' WHERE org = '{o}'
UPDATE scim.groups SET external_id = 'same' WHERE org = '{o}'
UPDATE scim.groups SET unique_name = NOT unique_name WHERE org = '{o}'
UPDATE scim.groups SET display_name = E'a\nb' WHERE org = '{o}' AND display_name = 'Team'
UPDATE scim.groups SET display_name = repeat('x', 10000000) WHERE org = '{o}' AND display_name = 'Team'
UPDATE scim.groups SET org = NULL WHERE org = '{o}'
INSERT INTO scim.groups (org, id, display_name) SELECT org, id, 'person' FROM scim.users WHERE @JANE
INSERT INTO scim.groups (org, display_name) VALUES ('{o}', 'Team') ON CONFLICT DO NOTHING
INSERT INTO scim.groups (org, id, display_name) SELECT org, id, 'again' FROM scim.groups WHERE org = '{o}' ON CONFLICT (org, id) DO UPDATE SET member_count = 0
INSERT INTO scim.groups (org, id, display_name) SELECT org, id, display_name || '2' FROM scim.groups WHERE org = '{o}' ON CONFLICT (org, id) DO UPDATE SET display_name = excluded.display_name
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('{o}', 1, '*', 'x'), ('{o}', 2, '*', 'x')
INSERT INTO scim.group_mappings (org, id, pattern, team, role) VALUES ('{o}', -1, '*', 'x', '')
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('{o}', 1, repeat('*', 5000), 'x')
INSERT INTO scim.group_mappings (org, id, pattern, team, priority) VALUES ('{o}', 1, '*', 'x', NULL)
-- Settings and organizations.
UPDATE scim.organization_settings SET seat_limit = -1 WHERE org = '{o}'
UPDATE scim.organization_settings SET seat_limit = 99999999999 WHERE org = '{o}'
UPDATE scim.organization_settings SET seat_limit = 0 WHERE org = '{o}'
UPDATE scim.organization_settings SET guard_percent = 101 WHERE org = '{o}'
UPDATE scim.organization_settings SET guard_percent = NULL WHERE org = '{o}'
UPDATE scim.organization_settings SET guard_per_hour = -1 WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_deleted = -1 WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_audit = 0 WHERE org = '{o}'
UPDATE scim.organization_settings SET idp = 'google' WHERE org = '{o}'
UPDATE scim.organization_settings SET revive = 'always' WHERE org = '{o}'
UPDATE scim.organization_settings SET sso_protocol = 'ldap' WHERE org = '{o}'
UPDATE scim.organization_settings SET require_sso = true WHERE org = '{o}'
UPDATE scim.organization_settings SET allowed_domains = '{{}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET allowed_domains = '{{NULL}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET allowed_domains = '{{""}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET allowed_domains = '{{{{a.com,b.com}}}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET required_attributes = '{{}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET required_attributes = '{{NULL}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET required_attributes = '{{{{userName}}}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET groups_to_sync = '{{NULL}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET groups_to_sync = '{{""}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET groups_to_sync = '{{{{a,b}}}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET sso_sign_on_url = 'javascript:x' WHERE org = '{o}'
UPDATE scim.organization_settings SET sso_entity_id = '' WHERE org = '{o}'
UPDATE scim.organization_settings SET provisioning_off_reason = repeat('x', 100000) WHERE org = '{o}'
UPDATE scim.organization_settings SET unique_group_names = NULL WHERE org = '{o}'
UPDATE scim.organization_settings SET email_change = '' WHERE org = '{o}'
UPDATE scim.organization_settings SET seat_policy = NULL WHERE org = '{o}'
UPDATE scim.organization_settings SET org = NULL WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_log = 'NaN' WHERE org = '{o}'
INSERT INTO scim.organization_settings (org) VALUES ('{o}')
INSERT INTO scim.organization_settings (org) VALUES ('nobody-here')
INSERT INTO scim.organization_settings (org, seat_limit) VALUES ('{o}', 5) ON CONFLICT (org) DO UPDATE SET seat_limit = -5
UPDATE scim.organizations SET name = repeat('x', 100000) WHERE org = '{o}'
UPDATE scim.organizations SET name = NULL WHERE org = '{o}'
UPDATE scim.organizations SET name = E'a\nb' WHERE org = '{o}'
UPDATE scim.organizations SET created = 'infinity' WHERE org = '{o}'
INSERT INTO scim.organizations (org) VALUES ('{o}')
INSERT INTO scim.organizations (org) VALUES ('*')
INSERT INTO scim.organizations (org) VALUES ('')
INSERT INTO scim.organizations (org) VALUES (NULL)
INSERT INTO scim.organizations (org) VALUES (repeat('a', 64))
-- Tokens.
UPDATE scim.tokens SET expires = 'infinity' WHERE org = '{o}'
UPDATE scim.tokens SET expires = now() + interval '100 years' WHERE org = '{o}'
UPDATE scim.tokens SET expires = created - interval '1 day' WHERE org = '{o}'
UPDATE scim.tokens SET revoked = 'infinity' WHERE org = '{o}'
UPDATE scim.tokens SET revoked = NULL WHERE org = '{o}'
UPDATE scim.tokens SET last_four = 'abcde' WHERE org = '{o}'
UPDATE scim.tokens SET last_four = NULL WHERE org = '{o}'
UPDATE scim.tokens SET scopes = NULL WHERE org = '{o}'
UPDATE scim.tokens SET scopes = '{{}}' WHERE org = '{o}'
UPDATE scim.tokens SET scopes = '{{users,users}}' WHERE org = '{o}'
UPDATE scim.tokens SET scopes = '{{NULL}}' WHERE org = '{o}'
UPDATE scim.tokens SET created = '2001-01-01' WHERE org = '{o}'
UPDATE scim.tokens SET created_by = '' WHERE org = '{o}'
UPDATE scim.tokens SET label = repeat('x', 100000) WHERE org = '{o}'
UPDATE scim.tokens SET label = E'a\nb' WHERE org = '{o}'
UPDATE scim.tokens SET label = NULL WHERE org = '{o}'
UPDATE scim.tokens SET last_used = 'infinity' WHERE org = '{o}'
UPDATE scim.tokens SET last_used_address = 'no address' WHERE org = '{o}'
UPDATE scim.tokens SET id = gen_random_uuid() WHERE org = '{o}'
UPDATE scim.tokens SET org = NULL WHERE org = '{o}'
UPDATE scim.tokens SET digest = NULL WHERE org = '{o}'
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('{o}'), 'abcd', now() + interval '1 day')
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('n'), 'abcd', now() - interval '1 day')
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('n'), 'abcd', 'infinity')
INSERT INTO scim.tokens (org, digest, last_four) VALUES ('{o}', sha256('n'), 'abcd')
INSERT INTO scim.tokens (org, digest, last_four, expires, revoked) VALUES ('{o}', sha256('n'), 'abcd', now() + interval '1 day', '-infinity')
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('nobody-here', sha256('n'), 'abcd', now() + interval '1 day')
DELETE FROM scim.tokens WHERE org = '{o}'
-- Everything else.
DELETE FROM scim.schema_version
UPDATE scim.schema_version SET version = 99 WHERE version = 13
DELETE FROM scim.reasons
DELETE FROM scim.schema_attributes
DELETE FROM scim.schema_objects
UPDATE scim.reasons SET sentence = '%s%n'
DELETE FROM scim.milestones WHERE org = '{o}'
DELETE FROM scim.guards WHERE org = '{o}'
INSERT INTO scim.lookups (org, subject_key, day, attribute) VALUES ('{o}', '', 'infinity', 'nothing')
INSERT INTO scim.indexed_attributes (org, attribute, path) VALUES ('{o}', 'x', 'not a path')
INSERT INTO scim.indexed_attributes (org, attribute, path, ready) VALUES ('{o}', 'title', '$.title', true)
INSERT INTO scim.indexed_attributes (org, attribute, path, ready) VALUES ('nobody-here', 'title', '$.title', true)
DELETE FROM scim.indexed_attributes WHERE org = '{o}'
UPDATE scim.indexed_attributes SET path = '$.title' WHERE org = '{o}'
INSERT INTO scim.request_log (org, request_id, action, result, status, at) VALUES ('{o}', 'r', 'call', 'done', 200, 'infinity')
INSERT INTO scim.request_log (org, request_id, action, result, status, at) VALUES ('{o}', 'r', 'call', 'done', 200, '1999-01-01')
INSERT INTO scim.import_staging (org, resource) VALUES ('{o}', '7')
INSERT INTO scim.import_staging (org, resource) VALUES ('nobody-here', '{{}}')
INSERT INTO scim.import_staging (org, resource_type, resource) VALUES ('{o}', 'Robot', '{{}}')
TRUNCATE scim.lookups, scim.milestones
"""


def more(server_version):
    """Each as fill() of tests/database/test_hostile_writes.py takes it, without what the server does not know yet."""
    for line in STATEMENTS.strip().splitlines():
        if line.startswith("-- ") or line.startswith("MERGE") and server_version < 150000:
            continue
        for word in sorted(WORDS, key=len, reverse=True):
            line = line.replace(word, WORDS[word])
        yield line.replace("\\t", "\t").replace("\\n", "\n") if line.startswith("COPY") else line

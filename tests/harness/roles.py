"""What a DBA of each role may try, and more odd values: {o} is the organization, {p} another; words as in harness.hostile."""
SERVICE = "SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{o}'; "
READER, AUDITOR, OWNER = (f"SET LOCAL ROLE scim_{role}; " for role in ("reader", "auditor", "owner"))

AS_SERVICE = r"""
INSERT INTO scim.users (org, user_name) VALUES ('{p}', 'intruder')
UPDATE scim.users SET org = '{p}' WHERE @JANE
UPDATE scim.organization_settings SET provisioning = false
INSERT INTO scim.organizations (org) VALUES ('mine')
DELETE FROM scim.organizations WHERE org = '{o}'
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('n'), 'abcd', now() + interval '1 day')
UPDATE scim.tokens SET expires = now() + interval '9 years'
UPDATE scim.tokens SET revoked = NULL
DELETE FROM scim.audit_events
UPDATE scim.audit_events SET actor = 'x'
DELETE FROM scim.request_log
SET LOCAL session_replication_role = replica
ALTER TABLE scim.users DISABLE TRIGGER ALL
ALTER TABLE scim.users DISABLE ROW LEVEL SECURITY
ALTER TABLE scim.users ADD COLUMN x integer
ALTER TABLE scim.users OWNER TO scim_service
DROP POLICY organization ON scim.users
CREATE POLICY mine ON scim.users USING (true)
CREATE TRIGGER mine BEFORE INSERT ON scim.users FOR EACH ROW EXECUTE FUNCTION scim.refuse('x')
CREATE INDEX ON scim.users (title)
DROP FUNCTION scim.refuse()
ALTER FUNCTION scim.fold(text) RENAME TO unfold
CREATE FUNCTION scim.mine() RETURNS void LANGUAGE sql AS ''
GRANT scim_owner TO scim_service
GRANT SELECT ON scim.tokens TO PUBLIC
SET LOCAL ROLE scim_owner
TRUNCATE scim.users CASCADE
LOCK TABLE scim.organizations IN ACCESS EXCLUSIVE MODE
COPY scim.users (org, user_name) FROM stdin;\n{o}\tx\n\.\n
SELECT scim.create_token('{o}')
SELECT scim.erase('{o}', 'jane')
SELECT scim.delete_organization('{o}')
SELECT scim.set_settings('{o}', '{{"keep_log": 1}}')
SELECT scim.prune()
SELECT * FROM scim.upsert_person('{p}', '{{"userName": "x"}}')
SELECT * FROM scim.remove_person('{p}', 'jane')
SELECT * FROM scim.undo('{p}', now() - interval '1 hour', dry_run => false)
SET LOCAL scim.org = '{p}'; SELECT * FROM scim.upsert_person('{o}', '{{"userName": "x"}}')
SET LOCAL scim.org = ''; INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'x')
SET LOCAL scim.org = 'nobody-here'; INSERT INTO scim.users (org, user_name) VALUES ('nobody-here', 'x')
SET LOCAL scim.org = '*'; UPDATE scim.users SET title = 'x'
SET LOCAL scim.org = '%'; DELETE FROM scim.users
SET LOCAL scim.maintenance = 'on'; DELETE FROM scim.audit_events
SET LOCAL scim.importing = 'on'; UPDATE scim.users SET version = 1 WHERE @JANE
SET LOCAL scim.request = '{{"token_id": "x"}}'; UPDATE scim.users SET title = 'x' WHERE @JANE
SET LOCAL search_path = pg_temp; CREATE TEMPORARY TABLE users (a integer); UPDATE scim.users SET title = 'x' WHERE @JANE
DELETE FROM scim.reasons
UPDATE scim.schema_version SET version = 0
DELETE FROM scim.cursor_keys
UPDATE scim.resource_counts SET number = 0
INSERT INTO scim.indexed_attributes (org, attribute, path) VALUES ('{o}', 'title', '$.title')
INSERT INTO scim.import_staging (org, resource) VALUES ('{p}', '{{}}')
"""

AS_READER = r"""
INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'x')
UPDATE scim.users SET title = 'x'
UPDATE scim.people SET title = 'x'
DELETE FROM scim.group_members
DELETE FROM scim.emails
SELECT digest FROM scim.tokens
SELECT * FROM scim.tokens
SELECT key FROM scim.cursor_keys
SELECT * FROM scim.users FOR UPDATE
SELECT scim.check()
SELECT * FROM scim.deactivate_person('{o}', 'jane')
SELECT scim.create_organization('mine')
ALTER TABLE scim.users RENAME TO folk
DROP SCHEMA scim CASCADE
COMMENT ON TABLE scim.users IS 'x'
SET LOCAL row_security = off; SELECT count(*) FROM scim.users
SET LOCAL session_replication_role = replica
"""

AS_AUDITOR = r"""
SELECT * FROM scim.people
SELECT resource FROM scim.users
SELECT value FROM scim.user_emails
SELECT digest FROM scim.tokens
INSERT INTO scim.audit_events (org, action, resource_type, resource_id) VALUES ('{o}', 'created', 'User', gen_random_uuid())
DELETE FROM scim.audit
UPDATE scim.request_log SET subject = NULL
UPDATE scim.organization_settings SET keep_audit = 1
SELECT scim.erase('{o}', 'jane')
SELECT * FROM scim.why('{o}', 'jane')
DROP TABLE scim.audit_events
ALTER TABLE scim.audit_events DISABLE TRIGGER USER
"""

AS_OWNER = r"""
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'ja\006Ee')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'jos\00E9'), ('{o}', U&'jose\0301')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'stra\00DFe'), ('{o}', 'STRASSE')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\03A3\03A3'), ('{o}', U&'\03C3\03C2')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\2126'), ('{o}', U&'\03C9')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\FB01n'), ('{o}', 'FIN')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'a\2028b')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\FEFFjane')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\2066jane\2069')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', E'a\u0001b')
INSERT INTO scim.users (org, user_name) VALUES ('{o}', E'a\rb')
INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'h', E'a\u0001b')
INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'h', U&'\202Eevil')
INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'h', '   ')
INSERT INTO scim.users (org, user_name, external_id) VALUES ('{o}', 'h', E'a\nb')
INSERT INTO scim.users (org, user_name, display_name) VALUES ('{o}', 'h', E'\t')
INSERT INTO scim.users (org, user_name, manager_id) VALUES ('{o}', 'h', 'h')
INSERT INTO scim.users (org, user_name, manager_id) SELECT '{o}', 'h', id::text FROM scim.groups WHERE org = '{o}' LIMIT 1
INSERT INTO scim.users (org, user_name, created) VALUES ('{o}', 'h', 'infinity')
INSERT INTO scim.users (org, user_name, created) VALUES ('{o}', 'h', '-infinity')
INSERT INTO scim.users (org, user_name, created) VALUES ('{o}', 'h', '4713-01-01 BC')
INSERT INTO scim.users (org, user_name, created) VALUES ('{o}', 'h', '294276-12-31')
INSERT INTO scim.users (org, user_name, version) VALUES ('{o}', 'h', 0)
INSERT INTO scim.users (org, user_name, version) VALUES ('{o}', 'h', 'NaN')
INSERT INTO scim.users (org, user_name, version) VALUES ('{o}', 'h', 9223372036854775808)
INSERT INTO scim.users (org, user_name, linked) VALUES ('{o}', 'h', now())
INSERT INTO scim.users (org, user_name, last_login) VALUES ('{o}', 'h', '2999-01-01')
INSERT INTO scim.users (org, user_name, account, active) VALUES ('{o}', 'h', 'a-h', false)
INSERT INTO scim.users (org, user_name, email) VALUES ('{o}', 'h', 'h@x')
INSERT INTO scim.users (org, userName) VALUES ('{o}', 'h')
INSERT INTO scim.users VALUES ('{o}')
INSERT INTO scim.users (org, id, user_name) VALUES ('{o}', '00000000-0000-0000-0000-000000000000', 'nil')
INSERT INTO scim.users (org, id, user_name) SELECT '{o}', id, 'asgroup' FROM scim.groups WHERE org = '{o}' LIMIT 1
INSERT INTO scim.users (org, resource) VALUES ('{o}', '[{{"userName": "h"}}]')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "id": "1"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "meta": {{"version": "W/\"99\""}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "meta": "x"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "groups": [{{"value": "x"}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "password": "secret"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "password": {{"a": 1}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "PassWord": "secret"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "schemas": "x"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "schemas": []}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "schemas": ["urn:none"]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "active": null}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "active": 1}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "active": []}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": null}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [null]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"value": ""}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"value": "a", "primary": true}}, {{"value": "b", "primary": true}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"value": "a", "primary": 1}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"value": "a", "type": "work"}}, {{"value": "a", "type": "work"}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"value": {{"x": "a"}}}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"address": "a@x"}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "emails": [{{"$ref": "x", "value": "a"}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "phoneNumbers": ["1"]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "phoneNumbers": [{{"value": 1}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "addresses": {{"country": "CH"}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "addresses": [{{"country": 7}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "roles": "admin"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "entitlements": [["a"]]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "x509Certificates": [{{"value": "not base64!"}}]}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "name": null}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "name": {{"givenName": null}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "name": {{"first": "x"}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "name": {{"GIVENNAME": "x"}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "": "x"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "a.b": "x"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "name.givenName": "x"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "urn:ietf:params:scim:schemas:core:2.0:User": {{"title": "x"}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": null}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": []}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {{"manager": {{"displayName": "x"}}}}}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', ('{{"userName": "h", "name": ' || repeat('{{"a": ', 900) || '1' || repeat('}}', 900) || '}}')::jsonb)
INSERT INTO scim.users (org, resource) VALUES ('{o}', ('{{"userName": "h", "emails": ' || repeat('[', 900) || repeat(']', 900) || '}}')::jsonb)
INSERT INTO scim.users (org, resource) SELECT '{o}', jsonb_object_agg('k' || n, n) || '{{"userName": "h"}}' FROM generate_series(1, 20000) AS n
INSERT INTO scim.users (org, resource) VALUES ('{o}', jsonb_build_object('userName', 'h', 'nickName', repeat('x', 70000)))
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "profileUrl": "javascript:x"}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": "h", "locale": 1e400}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": 1e400}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": true}}')
INSERT INTO scim.users (org, resource) VALUES ('{o}', '{{"userName": {{"value": "h"}}}}')
UPDATE scim.users SET resource = resource || '{{"userName": "joe"}}' WHERE @JANE
UPDATE scim.users SET resource = resource || '{{"userName": "JANE"}}' WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, '{{emails}}', '[]') WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, '{{emails,0}}', 'null') WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, '{{emails,9,value}}', '"x"') WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, '{{emails}}', (resource -> 'emails') || '[{{"value": "x", "primary": true}}, {{"value": "y", "primary": true}}]') WHERE @JANE
UPDATE scim.users SET resource = jsonb_set(resource, NULL, '1') WHERE @JANE
UPDATE scim.users SET resource = resource - 'schemas' WHERE @JANE
UPDATE scim.users SET resource = resource || '{{"password": "x"}}' WHERE @JANE
UPDATE scim.users SET resource = resource || '{{"meta": {{"lastModified": "2001-01-01T00:00:00Z"}}}}' WHERE @JANE
UPDATE scim.users SET email = 'x@y' WHERE @JANE
UPDATE scim.people SET email = 'x@y' WHERE @JANE
UPDATE scim.people SET has_access = false WHERE @JANE
UPDATE scim.users SET status = 'suspended' WHERE @JANE
UPDATE scim.users SET user_name = upper(user_name) WHERE @JANE
UPDATE scim.users SET user_name = user_name || repeat('x', 1024) WHERE @JANE
UPDATE scim.users SET last_login = 'infinity' WHERE @JANE
UPDATE scim.users SET account = ' ' WHERE @JANE
UPDATE scim.users SET account = repeat('x', 1025) WHERE @JANE
UPDATE scim.users SET login_subject = '' WHERE @JANE
UPDATE scim.users SET active = 'yes', account = 'a-joe' WHERE @JANE
UPDATE scim.users SET ctid = '(0,1)' WHERE @JANE
UPDATE ONLY scim.users SET title = 'x', title = 'y' WHERE @JANE
INSERT INTO scim.groups (org, display_name) VALUES ('{o}', U&'\200B')
INSERT INTO scim.groups (org, display_name) VALUES ('{o}', E'Te\u0001am')
INSERT INTO scim.groups (org, display_name, members) VALUES ('{o}', 'g', '[]')
INSERT INTO scim.groups (org, display_name, version) VALUES ('{o}', 'g', -5)
INSERT INTO scim.groups (org, display_name, created) VALUES ('{o}', 'g', 'infinity')
INSERT INTO scim.groups (org, display_name, last_modified) VALUES ('{o}', 'g', '-infinity')
INSERT INTO scim.groups (org, display_name) VALUES ('{o}', 'New'), ('{o}', 'NEW')
INSERT INTO scim.groups (org, display_name, unique_name) VALUES ('{o}', 'g', NULL)
INSERT INTO scim.groups (org, id, display_name) SELECT '{o}', id, 'again' FROM scim.groups WHERE org = '{p}' LIMIT 1
UPDATE scim.groups SET display_name = ' team ' WHERE org = '{o}' AND display_name = 'Other'
UPDATE scim.groups SET version = version + 1, member_count = 9 WHERE org = '{o}'
UPDATE scim.groups SET hidden = true, display_name = 'Hidden' WHERE org = '{o}' AND display_name = 'Team'
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @OTHER, 'Group')
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @OTHER, 'User')
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{o}', @TEAM, @JANE_ID, '')
INSERT INTO scim.group_members (org, group_id, member_id, user_id) VALUES ('{o}', @OTHER, @JANE_ID, @JOE_ID)
INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{p}', id, @JANE_ID FROM scim.groups WHERE org = '{p}' LIMIT 1
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', @JANE_ID, @TEAM)
INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{o}', 'Team', 'jane')
UPDATE scim.group_members SET member_id = member_id WHERE org = '{o}'
UPDATE scim.memberships SET group_name = 'x'
DELETE FROM scim.effective_memberships
INSERT INTO scim.user_emails (org, user_id, ordinal, value) SELECT '{o}', @JANE_ID, 2, 'x@y'
UPDATE scim.user_emails SET "primary" = true WHERE org = '{o}'
COPY scim.user_emails (org, user_id, ordinal, value) FROM stdin;\n{o}\t00000000-0000-0000-0000-000000000000\t1\tx\n\.\n
UPDATE scim.organization_settings SET allowed_domains = '{{a b}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET allowed_domains = '{{.acme.com}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET sso_sign_on_url = 'https://' WHERE org = '{o}'
UPDATE scim.organization_settings SET sso_sign_on_url = E'https://a\nb' WHERE org = '{o}'
UPDATE scim.organization_settings SET sso_entity_id = E'a\u0001' WHERE org = '{o}'
UPDATE scim.organization_settings SET provisioning_off_reason = E'a\r\nb' WHERE org = '{o}'
UPDATE scim.organization_settings SET groups_to_sync = ARRAY[repeat('x', 2000)] WHERE org = '{o}'
UPDATE scim.organization_settings SET required_attributes = '{{password}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET required_attributes = '{{""}}' WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_audit = 3651 WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_log = 2147483648 WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_deleted = 1.5 WHERE org = '{o}'
UPDATE scim.organization_settings SET keep_deleted = '30 days' WHERE org = '{o}'
UPDATE scim.organization_settings SET guard_percent = -1 WHERE org = '{o}'
UPDATE scim.organization_settings SET create_users = 'off' WHERE org = '{o}'
UPDATE scim.organization_settings SET name = 'x' WHERE org = '{o}'
UPDATE scim.organization_settings SET seat_limit = 1, seat_policy = 'perhaps' WHERE org = '{o}'
UPDATE scim.organization_settings SET replace_without_target = 'CREATE' WHERE org = '{o}'
INSERT INTO scim.settings (org, name, value) VALUES ('{o}', 'keep_log', '1')
UPDATE scim.organizations SET audit_from = 'infinity' WHERE org = '{o}'
UPDATE scim.organizations SET name = repeat('x', 201) WHERE org = '{o}'
INSERT INTO scim.organizations (org, name) VALUES ('new-key', E'a\u007fb')
INSERT INTO scim.organizations (org) VALUES ('ACME')
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', '\xdead', 'abcd', now() + interval '1 day')
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('n'), 'abc', now() + interval '1 day')
INSERT INTO scim.tokens (org, digest, last_four, expires, label) VALUES ('{o}', sha256('n'), 'abcd', now() + interval '1 day', E'\n')
INSERT INTO scim.tokens (org, digest, last_four, expires, scopes) VALUES ('{o}', sha256('n'), 'abcd', now() + interval '1 day', '{{admin}}')
INSERT INTO scim.tokens (org, digest, last_four, expires, scopes) VALUES ('{o}', sha256('n'), 'abcd', now() + interval '1 day', '{{}}')
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('n'), 'abcd', '-infinity')
INSERT INTO scim.tokens (org, digest, last_four, expires, created) VALUES ('{o}', sha256('n'), 'abcd', now() + interval '1 day', 'infinity')
INSERT INTO scim.group_mappings (org, id, pattern, role) VALUES ('{o}', 1, '*', '')
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('{o}', 1, '*', repeat('x', 1025))
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('nobody-here', 1, '*', 'x')
INSERT INTO scim.group_mappings (org, pattern, team) VALUES ('{o}', '*', 'x')
INSERT INTO scim.import_runs (org, file, state) VALUES ('{o}', 'x', 'broken')
INSERT INTO scim.import_rejects (org, run, line, resource_type, reason, sentence) VALUES ('{o}', gen_random_uuid(), 1, 'User', 'x', 'y')
INSERT INTO scim.import_staging (org, resource_type, resource) VALUES ('{o}', 'Users', '{{}}')
INSERT INTO scim.import_staging (org, resource) VALUES ('{o}', NULL)
INSERT INTO scim.milestones (org, step) VALUES ('{o}', 'First_Call')
INSERT INTO scim.audit_events (org, action, resource_type, resource_id) VALUES ('{o}', 'created', 'User', gen_random_uuid())
UPDATE scim.audit_events SET at = '-infinity' WHERE org = '{o}'
UPDATE scim.request_log SET sentence = 'x' WHERE org = '{o}'
INSERT INTO scim.schema_version (version, name) VALUES (1, 'again')
ALTER TABLE scim.users ALTER COLUMN status DROP EXPRESSION; UPDATE scim.users SET user_name_key = 'x' WHERE @JANE
SELECT scim.undo('{o}', 'infinity', dry_run => false)
SELECT scim.undo('{o}', now(), token => '', dry_run => false)
SELECT scim.set_settings('{o}', '[]')
SELECT scim.set_settings('{o}', '{{"keep_log": "soon"}}')
SELECT scim.set_settings('{o}', '{{"guard_percent": 1000}}')
SELECT scim.upsert_person('{o}', NULL)
SELECT scim.upsert_person('{o}', '[]')
SELECT scim.upsert_person('{o}', '{{"userName": "joe", "emails": [{{"value": 7}}]}}')
SELECT scim.set_members('{o}', 'Team', '{{jane,jane,JANE}}')
SELECT scim.set_members('{o}', 'Team', NULL)
SELECT scim.add_members('{o}', 'Team', '{{Team}}')
SELECT scim.upsert_group('{o}', '')
SELECT scim.create_token('{o}', lifetime => '-1 day')
SELECT scim.create_token('{o}', lifetime => 'infinity')
SELECT scim.link_login('{o}', '', '', '')
SELECT scim.link_login('{o}', 'sub', 'jane@x', 'a-jane')
SELECT scim.import('{o}', match => 'name')
SELECT scim.guard_release('{o}', '-1 hour')
"""


def more():
    """Each as fill() of tests/database/test_hostile_writes.py takes it; the check of promises is then made by the superuser."""
    from harness.hostile import WORDS
    for before, lines in ((SERVICE, AS_SERVICE), (READER, AS_READER), (AUDITOR, AS_AUDITOR), (OWNER, AS_OWNER)):
        for line in lines.strip().splitlines():
            for word in sorted(WORDS, key=len, reverse=True):
                line = line.replace(word, WORDS[word])
            if line.startswith("COPY"):
                yield before + line.replace("\\t", "\t").replace("\\n", "\n") + "RESET ROLE"
            else:
                yield f"{before}{line}; RESET ROLE"

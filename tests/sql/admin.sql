-- Administration in one call each (sql/function/admin.sql).
\ir fixture/begin.sql
SELECT no_plan();

-- ---- organizations
SELECT is(scim.create_organization('tap-new', 'New'), true, 'an organization is made');
SELECT is(name, 'New', 'with its name') FROM scim.organizations WHERE org = 'tap-new';
SELECT isnt_empty($$SELECT * FROM scim.organization_settings WHERE org = 'tap-new'$$, 'and its settings');
SELECT is(scim.create_organization('tap-new', 'Newer'), false, 'once');
SELECT is(name, 'New', 'and stays as it is') FROM scim.organizations WHERE org = 'tap-new';
SELECT throws_like(format('SELECT scim.create_organization(%L)', org), '%cannot be the key of an organization: 2 to 63 of%', format('"%s" is no key', org))
  FROM unnest('{A,a,-ab,a_b,"",NULL}'::text[] || repeat('a', 64)) AS org;
SELECT throws_ok($$SELECT scim.create_organization('tap-newer', E'a\nb')$$, '22023', 'A name has at most 200 bytes and no control characters.', 'a name in two lines');

-- ---- tokens
CREATE TEMP TABLE made AS SELECT scim.create_token('tap-new', 'Okta') AS secret;
SELECT matches(secret, '^sclt_tap-new_[0-9A-Za-z]{49}$', 'a token is told') FROM made;
SELECT is(concat_ws(' ', label, last_four, scopes, encode(digest, 'hex'), expires = now() + interval '1 year', revoked),
          concat_ws(' ', 'Okta', right(secret, 4), '{users,groups}', encode(sha256(secret::bytea), 'hex'), true), 'its digest is kept, and when it ends')
  FROM scim.tokens, made WHERE org = 'tap-new';
SELECT is(scim.base62(decode(lpad(to_hex(scim.crc32('123456789')), 8, '0'), 'hex'), 6), '3jZRME', 'CRC-32 of "123456789" is cbf43926, here in base 62');
SELECT is(scim.base62(decode(repeat('ff', 32), 'hex'), 43), 'yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1', 'the largest number of 256 bits has 43 digits');
SELECT is(count(DISTINCT secret), 500::bigint, 'no two are the same') FROM (SELECT scim.new_secret('tap-new') AS secret FROM generate_series(1, 500)) AS many;
SELECT ok(count(DISTINCT substr(secret, 14, 1)) > 8 AND bool_and(secret ~ '^sclt_tap-new_[0-9A-Za-z]{49}$'), 'from the first digit on')
  FROM (SELECT scim.new_secret('tap-new') AS secret FROM generate_series(1, 500)) AS many;
SELECT is_empty($$SELECT * FROM scim.audit_events WHERE org = 'tap-new' AND (after ? 'digest' OR after::text LIKE '%' || (SELECT secret FROM made) || '%')$$, 'the audit does not tell it');
SELECT throws_ok(call, '22023', sentence, sentence) FROM (VALUES
    ($$SELECT scim.create_token('tap-new', scopes => '{users,all}')$$, 'There is no scope "all". Scopes are users, groups, read, login.'),
    ($$SELECT scim.create_token('tap-new', scopes => '{}')$$, 'There is no scope "". Scopes are users, groups, read, login.'),
    ($$SELECT scim.create_token('tap-new', lifetime => '-1 day')$$, 'A token must expire in the future, and within five years (RFC 7644 7.4: a limited lifetime).'),
    ($$SELECT scim.create_token('tap-new', lifetime => '6 years')$$, 'A token must expire in the future, and within five years (RFC 7644 7.4: a limited lifetime).'),
    ($$SELECT scim.create_token('tap-new', lifetime => NULL)$$, 'A token must expire in the future, and within five years (RFC 7644 7.4: a limited lifetime).'),
    ($$SELECT scim.create_token('tap-new', repeat('x', 201))$$, 'A label has at most 200 bytes and no control characters.')) AS wrong (call, sentence);
SELECT throws_ok($$SELECT scim.create_token('tap-none')$$, 'P0002', 'There is no organization "tap-none".', 'a token of nobody');
UPDATE scim.organization_settings SET require_sso = true WHERE org = 'tap-two';
SELECT throws_ok($$SELECT scim.create_token('tap-two')$$, '23001', NULL, 'single sign-on first');
SELECT id AS old FROM scim.tokens WHERE org = 'tap-new' \gset
CREATE TEMP TABLE again AS SELECT scim.replace_token('tap-new', :'old', '1 hour', '30 days') AS secret;
SELECT results_eq($$SELECT label, scopes, expires = now() + interval '30 days' FROM scim.tokens, again WHERE org = 'tap-new' AND digest = sha256(secret::bytea)$$,
    $$VALUES ('Okta', '{users,groups}'::text[], true)$$, 'a token in place of another');
SELECT is(revoked, now() + interval '1 hour', 'which lives on for its grace') FROM scim.tokens WHERE id = :'old';
SELECT throws_ok(format('SELECT scim.replace_token(%L, %L)', 'tap-new', :'old'), '55000', NULL, 'and is not replaced again');
SELECT throws_ok(format('SELECT scim.replace_token(%L, %L)', 'tap-new', gen_random_uuid()), 'P0002', NULL, 'nor one that is not there');
SELECT is(scim.revoke_token('tap-new', :'old'), true, 'revoked');
SELECT is(revoked, now(), 'at once') FROM scim.tokens WHERE id = :'old';
SELECT is(scim.revoke_token('tap-new', :'old'), false, 'once');
SELECT throws_ok(format('SELECT scim.revoke_token(%L, %L)', 'tap-one', :'old'), 'P0002', NULL, 'a token of another organization is none');
SELECT throws_ok(format('SELECT scim.replace_token(%L, %L)', 'tap-one', :'old'), 'P0002', NULL, 'in both calls');

-- ---- settings
SELECT results_eq($$SELECT * FROM scim.set_settings('tap-new', '{"name": "Newest", "delete_users": false, "seat_limit": 5, "allowed_domains": ["x.test"], "email_change": "allow"}')$$,
    $$VALUES ('name', '"New"'::jsonb, '"Newest"'::jsonb), ('delete_users', 'true', 'false'), ('allowed_domains', '[]', '["x.test"]'), ('seat_limit', 'null', '5')$$,
    'the settings that changed are told');
SELECT is(concat_ws(' ', name, delete_users, allowed_domains, seat_limit), 'Newest f {x.test} 5', 'and written')
  FROM scim.organizations JOIN scim.organization_settings USING (org) WHERE org = 'tap-new';
CREATE TEMP TABLE events AS SELECT count(*) AS number FROM scim.audit_events WHERE org = 'tap-new';
SELECT is_empty($$SELECT * FROM scim.set_settings('tap-new', '{"name": "Newest", "delete_users": false, "seat_limit": 5, "allowed_domains": ["x.test"]}')$$, 'again there is nothing to change');
SELECT is(count(*), (SELECT number FROM events), 'nor to note') FROM scim.audit_events WHERE org = 'tap-new';
SELECT throws_ok(format('SELECT scim.set_settings(%L, %L)', 'tap-new', changes), '22023', sentence, sentence) FROM (VALUES
    ('{"seat_limit": 6, "delete_user": false}', 'There is no setting "delete_user"; nothing was changed.'), ('{"org": "x"}', 'There is no setting "org"; nothing was changed.'),
    ('{"delete_users": "maybe"}', 'delete_users cannot be "maybe"; nothing was changed.'), ('{"delete_users": null}', 'delete_users cannot be null; nothing was changed.'),
    ('{"seat_limit": 6, "email_change": "never"}', 'email_change cannot be "never"; nothing was changed.'), ('{"keep_log": 0}', 'keep_log cannot be 0; nothing was changed.'),
    ('{"keep_log": 1000000000000}', 'keep_log cannot be 1000000000000; nothing was changed.'), ('{"keep_log": [1]}', 'keep_log cannot be [1]; nothing was changed.'),
    ('{"allowed_domains": ["a@b"]}', 'allowed_domains cannot be ["a@b"]; nothing was changed.'), ('{"allowed_domains": "a"}', 'allowed_domains cannot be "a"; nothing was changed.'),
    ('{"groups_to_sync": [""]}', 'groups_to_sync cannot be [""]; nothing was changed.'), ('{"sso_sign_on_url": "javascript:1"}', 'sso_sign_on_url cannot be "javascript:1"; nothing was changed.'),
    ('{"name": null}', 'name cannot be null; nothing was changed.'), ('{"provisioning_off_reason": "a\nb"}', 'provisioning_off_reason cannot be "a\nb"; nothing was changed.'),
    ('[]', 'Settings are changed by a JSON object of their names and new values.')) AS wrong (changes, sentence);
SELECT is(seat_limit, 5, 'nothing was changed') FROM scim.organization_settings WHERE org = 'tap-new';
DO $$
DECLARE detail text; hint text;
BEGIN
    PERFORM scim.set_settings('tap-new', '{"email_change": "never"}');
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    CREATE TEMP TABLE allowed AS SELECT detail, hint;
END $$;
SELECT ok(detail LIKE '%allow, or reassign%' AND hint = 'email_change is allow or reassign.', 'an error says what can be') FROM allowed;
SELECT isnt_empty($$SELECT * FROM scim.set_settings('tap-new', '{"provisioning": false, "provisioning_off_reason": "moving"}')$$, 'off, for a reason');
SELECT results_eq($$SELECT setting FROM scim.set_settings('tap-new', '{"provisioning": true}')$$, $$VALUES ('provisioning'), ('provisioning_off_reason')$$, 'on, the reason goes');
SELECT isnt_empty($$SELECT * FROM scim.set_settings('tap-new', '{"allowed_domains": [], "seat_limit": null, "delete_users": true}')$$, 'and back');
SELECT is((SELECT array_agg(setting ORDER BY setting) FROM scim.settings_of('tap-new') WHERE meaning <> ''),
    (SELECT array_agg(attname ORDER BY attname) FROM (SELECT attname::text COLLATE "default" FROM pg_attribute WHERE attrelid = 'scim.organization_settings'::regclass
        AND attnum > 0 AND NOT attisdropped AND attname <> 'org' UNION SELECT 'name') AS columns), 'every setting is shown, with what it means');
SELECT throws_ok($$SELECT * FROM scim.settings_of('tap-none')$$, 'P0002', NULL, 'of an organization that is there');

-- ---- an organization goes with all of it
SELECT scim.upsert_person('tap-new', '{"userName": "jane", "emails": [{"value": "j@x"}]}'), scim.upsert_person('tap-new', '{"userName": "bob"}');
UPDATE scim.users SET manager_id = (SELECT id::text FROM scim.users WHERE org = 'tap-new' AND user_name = 'jane') WHERE org = 'tap-new' AND user_name = 'bob';
SELECT scim.upsert_group('tap-new', 'Team'), scim.upsert_group('tap-new', 'Sub');
SELECT scim.set_members('tap-new', 'Team', ARRAY['jane', 'bob', (SELECT id::text FROM scim.groups WHERE org = 'tap-new' AND display_name = 'Sub')]);
SELECT scim.upsert_person('tap-new', '{}', 'return');
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('tap-new', 1, '*', 'all');
UPDATE scim.organization_settings SET on_delete = 'suspend' WHERE org = 'tap-new';
SELECT scim.upsert_person('tap-new', '{"userName": "gone"}'), scim.remove_person('tap-new', 'gone');
SELECT scim.upsert_person('tap-one', '{"userName": "stays"}');
CREATE FUNCTION pg_temp.relations_of(of_org text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE relation text;
BEGIN
    FOR relation IN SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                     WHERE relnamespace = 'scim'::regnamespace AND attname = 'org' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1 LOOP
        RETURN QUERY EXECUTE format('SELECT %L FROM %s WHERE org = %L LIMIT 1', relation, relation, of_org);
    END LOOP;
END $$;
SELECT cmp_ok(count(*), '>=', 13::bigint, 'there is much of it') FROM pg_temp.relations_of('tap-new');
CREATE TEMP TABLE others AS SELECT (SELECT count(*) FROM scim.audit_events WHERE org <> 'tap-new') AS audit, (SELECT count(*) FROM scim.request_log WHERE org <> 'tap-new') AS log;
SELECT is(scim.delete_organization('tap-new'), row(true, 2::bigint, 2::bigint), 'it is deleted, and how much went');
SELECT is((SELECT string_agg(relation, ' ') FROM pg_temp.relations_of('tap-new') AS relation), 'scim.audit_events', 'nothing stays, in any relation');
SELECT is((SELECT string_agg(concat_ws(' ', action, resource_type, actor, before ->> 'name'), ',') FROM scim.audit_events WHERE org = 'tap-new'),
    concat_ws(' ', 'deleted', 'Organization', session_user, 'Newest'), 'but who deleted it');
SELECT is(row((SELECT count(*) FROM scim.audit_events WHERE org <> 'tap-new'), (SELECT count(*) FROM scim.request_log WHERE org <> 'tap-new')), row(audit, log), 'and all of others') FROM others;
SELECT is(scim.delete_organization('tap-new'), row(false, 0::bigint, 0::bigint), 'once');
SELECT is(scim.create_organization('tap-new'), true, 'there can be another of that key');
SELECT is_empty($$SELECT * FROM scim.history('tap-new', 'jane')$$, 'which knows nothing of the first');

-- ---- only the owner
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT throws_ok(call, '42501', NULL, 'scim_service may not: ' || call) FROM unnest(ARRAY[
    $$SELECT scim.create_organization('tap-mine')$$, $$SELECT scim.delete_organization('tap-one')$$, $$SELECT scim.create_token('tap-one')$$,
    $$SELECT scim.replace_token('tap-one', gen_random_uuid())$$, $$SELECT scim.revoke_token('tap-one', gen_random_uuid())$$,
    $$SELECT scim.set_settings('tap-one', '{}')$$, $$SELECT scim.make_token('tap-one', '', '{users}', now() + interval '1 day')$$, $$SELECT scim.swap_token('tap-one', gen_random_uuid(), '0', now() + interval '1 day')$$]) AS call;
SET LOCAL ROLE scim_owner;
SET LOCAL scim.org = '';
SELECT is(scim.create_organization('tap-owned'), true, 'scim_owner makes one');
SELECT matches(scim.create_token('tap-owned', scopes => '{login}', lifetime => '1 day'), '^sclt_tap-owned_', 'and its token');
SELECT is(scim.delete_organization('tap-owned'), row(true, 0::bigint, 0::bigint), 'and deletes it');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;

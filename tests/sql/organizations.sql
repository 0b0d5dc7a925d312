-- Organizations, their settings and tokens.
\ir fixture/begin.sql
SELECT plan(28);

SELECT results_eq(
    $$SELECT provisioning, provisioning_off_reason, replace_without_target
        FROM scim.organization_settings WHERE org = 'tap-one'$$,
    $$VALUES (true, NULL::text, 'refuse')$$,
    'an organization is born with its settings');
SELECT lives_ok($$
    UPDATE scim.organization_settings
       SET provisioning = false, provisioning_off_reason = 'plan', replace_without_target = 'create'
     WHERE org = 'tap-one'$$, 'settings are columns to write');
SELECT throws_ok($$
    UPDATE scim.organization_settings SET replace_without_target = 'maybe' WHERE org = 'tap-one'$$,
    '23514', NULL, 'and have a fixed vocabulary');

SELECT lives_ok(format('INSERT INTO scim.organizations (org) VALUES (%L)', org), format('the key %s is good', org))
  FROM (VALUES ('tap-0'), ('0a'), (rpad('tap-', 63, 'x'))) AS good (org);
SELECT throws_ok(format('INSERT INTO scim.organizations (org) VALUES (%L)', org),
        '23514', NULL, format('the key %s is refused', to_json(left(org, 12))))
  FROM (VALUES ('a'), ('-tap'), ('Tap'), ('tap_x'), ('tap/x'), ('tap '), (''),
               (E'tap\n'), (E'tap\nx'), ('täp'), (rpad('tap-', 64, 'x'))) AS bad (org);
SELECT throws_like(
    $$UPDATE scim.organizations SET org = 'tap-three' WHERE org = 'tap-one'$$,
    'The key of an organization cannot be changed%', 'the key never changes');
SELECT lives_ok($$UPDATE scim.organizations SET name = 'Eins' WHERE org = 'tap-one'$$, 'the name may');

CREATE FUNCTION pg_temp.token(org text, digest bytea, scopes text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO scim.tokens (org, digest, last_four, scopes, expires)
    VALUES (org, digest, 'abcd', scopes, now() + interval '1 year')
$$;
SELECT lives_ok($$SELECT pg_temp.token('tap-one', sha256('x'), '{users,groups,read,login}')$$,
    'a token with every scope');
SELECT throws_ok($$SELECT pg_temp.token('tap-one', sha256('x'), '{users}')$$,
    '23505', NULL, 'a digest is unique in its organization');
SELECT throws_ok($$SELECT pg_temp.token('tap-one', 'short', '{users}')$$,
    '23514', NULL, 'a digest has 32 bytes');
SELECT throws_ok(format('SELECT pg_temp.token(%L, sha256(%L), %L)', 'tap-one', scopes, scopes),
        '23514', NULL, format('the scopes %s are refused', scopes))
  FROM (VALUES ('{}'), ('{users,admin}'), ('{NULL}')) AS bad (scopes);
SELECT throws_ok(
    $$INSERT INTO scim.tokens (org, digest, last_four) VALUES ('tap-one', sha256('y'), 'abcd')$$,
    '23502', NULL, 'a token without an end is refused (RFC 7644 7.4)');

INSERT INTO scim.users (org, user_name) VALUES ('tap-two', 'jane');
SELECT throws_ok($$DELETE FROM scim.organizations WHERE org = 'tap-two'$$,
    '23503', NULL, 'an organization with people is not deleted');
DELETE FROM scim.organizations WHERE org = 'tap-one';
SELECT is_empty($$
    SELECT org FROM scim.organization_settings WHERE org = 'tap-one'
    UNION ALL SELECT org FROM scim.tokens WHERE org = 'tap-one'$$,
    'an empty one goes, with its settings and tokens');

SELECT * FROM finish();
ROLLBACK;

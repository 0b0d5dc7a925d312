-- The catalogue in words: scim.sentence, scim.idp_of, scim.advice.
\ir fixture/begin.sql
SELECT plan(17);

SELECT is(scim.sentence('attr.type', '{active,a boolean}'), '"active" must be a boolean.', 'arguments have their places');
SELECT is(scim.sentence('attr.type', ARRAY['{1}', '{0}\1&']), '"{1}" must be {0}\1&.', 'and are not read again themselves');
SELECT is(scim.sentence('attr.type', NULL), '"" must be .', 'no arguments leave them empty');
SELECT is(scim.sentence('no.such', '{}'), NULL, 'no reason, no sentence');
SELECT is_empty('SELECT code FROM scim.reasons WHERE scim.sentence(code, ''{a,b,c}'') ~ ''[{}]''', 'every sentence can be filled in');
SELECT is_empty('SELECT code FROM scim.reasons WHERE '''' IN (title, sentence, okta, entra, other)', 'none is empty');
SELECT is_empty('SELECT code FROM scim.reasons WHERE okta = entra OR entra = other', 'Okta, Entra and others are told apart');

SELECT is(scim.idp_of('tap-one'), 'other', 'nobody has called');
INSERT INTO scim.tokens (org, digest, last_four, expires, last_used, last_used_agent)
VALUES ('tap-one', sha256('why-a'), 'aaaa', now() + interval '1 day', now() - interval '2 days', 'Okta SCIM Client 1.0.0');
SELECT is(scim.idp_of('tap-one'), 'okta', 'by the User-Agent of the token');
INSERT INTO scim.refused_callers (org, hour, address, reason, agent)
VALUES ('tap-one', date_trunc('hour', now()), '192.0.2.1', 'auth.unknown', 'Microsoft Azure AD');
SELECT is(scim.idp_of('tap-one'), 'entra', 'or of who was turned away later');
SELECT matches(scim.advice('tap-one', 'auth.unknown'), 'Admin Credentials', 'advice follows');
UPDATE scim.organization_settings SET idp = 'okta' WHERE org = 'tap-one';
SELECT matches(scim.advice('tap-one', 'auth.unknown'), 'Test API Credentials', 'the setting decides');
SELECT matches(scim.advice('tap-one', 'action.create_off'), 'org set tap-one create_users=on', 'a command can be copied');
SELECT is(scim.idp_of('tap-nobody'), NULL, 'no organization');

INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'kim@x'), ('tap-one', 'it''s me');
DELETE FROM scim.users WHERE org = 'tap-one';
SELECT matches(next_step, '`scimlet history tap-one kim@x`', 'and names who is meant') FROM scim.why('tap-one', 'kim@x') WHERE verdict;
SELECT ok(position(E'`scimlet history tap-one \'it\'\\\'\'s me\'`' IN next_step) > 0, 'as a shell takes it') FROM scim.why('tap-one', 'it''s me') WHERE verdict;
SELECT throws_ok($$SELECT scim.why('tap-none', 'kim@x')$$, 'P0002', NULL, 'no organization, no story');

SELECT * FROM finish();
ROLLBACK;

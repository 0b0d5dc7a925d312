-- Logins that the application tells of: whom they mean, who comes in, seats, and what is seen of it.
\ir fixture/begin.sql
SELECT plan(40);

INSERT INTO scim.reasons (code, status, title, sentence, okta, entra, other)
VALUES ('login.no_seat', 403, '', 'All {1} seats are taken, so "{0}" cannot come in.', '', '', '')
ON CONFLICT (code) DO UPDATE SET sentence = excluded.sentence;
CREATE FUNCTION pg_temp.login(subject text, email text DEFAULT NULL, account text DEFAULT NULL) RETURNS text
    LANGUAGE sql AS $$
    SELECT concat_ws(' ', decision, reason, user_name, status, linked_account)
      FROM scim.link_login('tap-one', subject, email, account)
$$;
INSERT INTO scim.users (org, resource) VALUES
    ('tap-one', '{"userName": "jane@x", "externalId": "00u1", "emails": [{"value": "jane.doe@x"}]}'),
    ('tap-one', '{"userName": "john@x", "externalId": "00u2", "emails": [{"value": "shared@x"}]}'),
    ('tap-one', '{"userName": "judy@x", "externalId": "00u2", "emails": [{"value": "shared@x"}, {"value": "judy.own@x"}]}'),
    ('tap-two', '{"userName": "other@x", "externalId": "00u9", "emails": [{"value": "other@x"}]}');

-- As the responder, behind the fence.
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT is(pg_temp.login('00u9', 'other@x', 'a'), 'refuse login.unknown', 'who belongs to another organization is unknown');
SELECT is(pg_temp.login('00u2', 'shared@x', 'a'), 'refuse login.ambiguous', 'several people: nobody is let in');
SELECT is(pg_temp.login('00u2', 'JUDY.OWN@x', 'judy'), 'let_in judy@x active judy', 'a weaker word that fits one person decides');
SELECT is(pg_temp.login('00u1'), 'refuse login.no_account jane@x provisioned', 'a first login needs an account');
SELECT is(pg_temp.login('00u1', NULL, 'judy'), 'refuse login.account_taken jane@x provisioned', 'and not somebody else''s');
SELECT is(pg_temp.login('00u1', '', 'jane-1'), 'let_in jane@x active jane-1', 'the first login links');
SELECT is(pg_temp.login('00u1', '', 'jane-1'), 'let_in jane@x active jane-1', 'again is the same');
SELECT is(pg_temp.login('00u1'), 'let_in jane@x active jane-1', 'later the account need not be said');
SELECT is(pg_temp.login('00u1', NULL, 'jane-2'), 'refuse login.other_account jane@x active jane-1', 'another account is refused');
SELECT is(pg_temp.login(NULL, 'Jane.Doe@X'), 'let_in jane@x active jane-1', 'an email alone will do, in any letter case');
SELECT is(pg_temp.login('stranger', 'jane@x'), 'refuse login.other_account jane@x active jane-1',
    'another subject with her email is not her');
SELECT is(pg_temp.login('new-subject', 'jane@x', 'jane-1'), 'let_in jane@x active jane-1',
    'unless the application knows that it is her account: the identity provider was changed');
SELECT is(pg_temp.login('new-subject'), 'let_in jane@x active jane-1', 'and the new subject is hers from then on');
SELECT is(login_subject, 'new-subject') FROM scim.users WHERE user_name = 'jane@x';
SELECT is(version, 1::bigint, 'none of this is a change of the SCIM resource') FROM scim.users WHERE user_name = 'jane@x';

-- The log: what changed, and refusals.
SELECT is(count(*), 2::bigint, 'both changes of Jane''s link are in the log') FROM scim.request_log
 WHERE org = 'tap-one' AND action = 'login' AND subject = 'jane@x' AND result = 'done';
SELECT set_eq($$SELECT DISTINCT reason FROM scim.request_log WHERE org = 'tap-one' AND result = 'refused' AND status = 403$$,
    ARRAY['login.unknown', 'login.ambiguous', 'login.no_account', 'login.account_taken', 'login.other_account'],
    'and so is every refusal');

-- last_login, at most once a minute.
UPDATE scim.users SET last_login = '2020-01-01' WHERE user_name = 'jane@x';
SELECT ok(pg_temp.login('new-subject') IS NOT NULL, 'she comes back');
SELECT cmp_ok(last_login, '>', now() - interval '1 minute', 'a login is noted') FROM scim.users WHERE user_name = 'jane@x';
CREATE TEMP TABLE noted AS SELECT ctid AS place FROM scim.users WHERE user_name = 'jane@x';
SELECT ok(pg_temp.login('new-subject') IS NOT NULL, 'and again');
SELECT is(users.ctid, place, 'a second one within the minute writes nothing') FROM scim.users, noted WHERE user_name = 'jane@x';

-- Suspended, back, removed.
UPDATE scim.users SET active = false WHERE user_name = 'jane@x';
SELECT is(pg_temp.login('new-subject'), 'refuse login.suspended jane@x suspended jane-1', 'suspended');
UPDATE scim.users SET active = true WHERE user_name = 'jane@x';
SELECT is(pg_temp.login('new-subject'), 'let_in jane@x active jane-1', 'who comes back has kept the account');
UPDATE scim.users SET active = false, account = NULL, linked = NULL, removed = true WHERE user_name = 'judy@x';
SELECT is(pg_temp.login('judy@x', NULL, 'judy'), 'refuse login.removed judy@x removed', 'removed');
INSERT INTO scim.deleted_users (org, id, user_name, external_id, resource, version, created, purge_after)
VALUES ('tap-one', gen_random_uuid(), 'kept@x', '00u7', '{}', 1, now(), 'infinity');
SELECT is(pg_temp.login('00u7'), 'refuse login.removed', 'who was deleted and is kept was removed');
SELECT is(pg_temp.login('kept@x'), 'refuse login.removed', 'also by userName');
SELECT is(pg_temp.login('nobody', 'KEPT@x'), 'refuse login.removed', 'or email');
RESET ROLE;

-- Seats.
SELECT is(row(taken, free, over)::text, '(1,,)', 'no limit') FROM scim.seats WHERE org = 'tap-one';
UPDATE scim.organization_settings SET seat_limit = 1 WHERE org = 'tap-one';
SELECT is(row(taken, free, over)::text, '(1,0,0)', 'all are taken') FROM scim.seats WHERE org = 'tap-one';
SELECT is(sentence, 'All 1 seats are taken, so "john@x" cannot come in.', 'who comes too late hears why')
  FROM scim.link_login('tap-one', 'john@x', NULL, 'john');
SELECT is(status, 'provisioned', 'and stays provisioned') FROM scim.users WHERE user_name = 'john@x';
SELECT is(pg_temp.login('new-subject'), 'let_in jane@x active jane-1', 'who has a seat comes in');
UPDATE scim.organization_settings SET seat_policy = 'allow' WHERE org = 'tap-one';
SELECT is(pg_temp.login('john@x', NULL, 'john'), 'let_in login.over_seats john@x active john', 'allowed, and reported');
SELECT is(row(taken, free, over)::text, '(2,0,1)', 'one over') FROM scim.seats WHERE org = 'tap-one';

-- Switched off.
UPDATE scim.organization_settings SET provisioning = false, provisioning_off_reason = 'plan' WHERE org = 'tap-one';
SELECT is(pg_temp.login('john@x'), 'refuse provisioning.off john@x active john', 'provisioning is off');

-- What is read of it.
SET LOCAL ROLE scim_reader;
SELECT is(row(email, status, has_access, account)::text, '(jane.doe@x,active,t,jane-1)', 'the reader sees people')
  FROM scim.people WHERE org = 'tap-one' AND user_name = 'jane@x';
SELECT is(has_access, false, 'and who may not come in') FROM scim.people WHERE org = 'tap-one' AND user_name = 'judy@x';
SELECT is(count(*), 1::bigint, 'and seats') FROM scim.seats WHERE org = 'tap-one';
RESET ROLE;
SELECT ok(NOT has_table_privilege('scim_service', view, 'SELECT'), view || ' is not for the responder, whom a view would not fence in')
  FROM (VALUES ('scim.people'), ('scim.seats')) AS views (view);

SELECT * FROM finish();
ROLLBACK;

-- What changes leaves an event with before and after, whoever changes it; what does not leaves none.
\ir fixture/begin.sql
SELECT plan(20);

CREATE FUNCTION pg_temp.events() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT coalesce(string_agg(action || ' ' || resource_type || ' ' || coalesce(name, '-'), ', ' ORDER BY action, name), 'none')
      INTO found FROM scim.audit_events WHERE org = 'tap-one' AND seq > (SELECT last FROM pg_temp.seen);
    UPDATE pg_temp.seen SET last = (SELECT max(seq) FROM scim.audit_events);
    RETURN found;
END $$;
CREATE TEMP TABLE seen AS SELECT max(seq) AS last FROM scim.audit_events;

INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'jane'), ('tap-one', 'joe');
SELECT is(pg_temp.events(), 'created User jane, created User joe', 'people who come');
UPDATE scim.users SET title = 'Boss' WHERE org = 'tap-one' AND user_name = 'jane';
SELECT is(pg_temp.events(), 'updated User jane', 'a change');
SELECT is(before -> 'resource' ->> 'title' IS NULL AND after -> 'resource' ->> 'title' = 'Boss'
          AND (before ->> 'version', after ->> 'version') = ('1', '2'), true, 'from what to what')
  FROM scim.audit_events WHERE seq = (SELECT last FROM seen);
SELECT is(actor, session_user::text, 'by whom') FROM scim.audit_events WHERE seq = (SELECT last FROM seen);
UPDATE scim.users SET title = 'Boss' WHERE org = 'tap-one' AND user_name = 'jane';
SELECT is(pg_temp.events(), 'none', 'the same again is no change');
UPDATE scim.users SET account = 'a-1', linked = now() WHERE org = 'tap-one' AND user_name = 'jane';
SELECT is(pg_temp.events(), 'linked User jane', 'a first login');
UPDATE scim.users SET last_login = now() WHERE org = 'tap-one' AND user_name = 'jane';
SELECT is(pg_temp.events(), 'none', 'a later one changes nobody');
UPDATE scim.users SET active = false WHERE org = 'tap-one';
SELECT is(pg_temp.events(), 'deactivated User jane, deactivated User joe', 'people who are deactivated');
UPDATE scim.users SET active = true WHERE org = 'tap-one' AND user_name = 'jane';
SELECT is(pg_temp.events(), 'reactivated User jane', 'and one who is let in again');
UPDATE scim.users SET account = NULL WHERE org = 'tap-one' AND user_name = 'jane';
SELECT is(pg_temp.events(), 'unlinked User jane', 'without the account');

INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'Team');
SELECT is(pg_temp.events(), 'created Group Team', 'a group');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-one', groups.id, users.id FROM scim.groups JOIN scim.users USING (org) WHERE org = 'tap-one';
SELECT is(pg_temp.events(), 'members_added Group Team', 'one event for all members of a statement, none for the version');
SELECT is(cardinality(members), 2, 'which names them') FROM scim.audit_events WHERE seq = (SELECT last FROM seen);
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'joe';
SELECT is(pg_temp.events(), 'deleted User joe, members_removed Group Team', 'who is deleted leaves the groups');

UPDATE scim.organization_settings SET seat_limit = 5 WHERE org = 'tap-one';
SELECT is(pg_temp.events(), 'updated Organization -', 'a setting');
SELECT is(before::text || after::text, '{"seat_limit": null}{"seat_limit": 5}', 'only what changed')
  FROM scim.audit_events WHERE seq = (SELECT last FROM seen);
INSERT INTO scim.tokens (org, label, digest, last_four, expires) VALUES ('tap-one', 'okta', sha256('x'), 'abcd', '2030-01-01');
UPDATE scim.tokens SET last_used = now() WHERE org = 'tap-one';
UPDATE scim.tokens SET revoked = now() WHERE org = 'tap-one';
SELECT is(pg_temp.events(), 'created Token okta, revoked Token okta', 'a token, and not its use');
SELECT ok(NOT EXISTS (SELECT FROM scim.audit_events WHERE before ? 'digest' OR after ? 'digest'), 'never its digest');
SELECT set_eq($$SELECT step FROM scim.milestones WHERE org = 'tap-one'$$,
    ARRAY['token_created', 'first_call', 'token_check'], 'making and using a token are milestones');

SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT throws_ok('DELETE FROM scim.audit_events', '42501', NULL, 'the service takes nothing out');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;

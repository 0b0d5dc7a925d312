-- The guard: how many people SCIM may remove within an hour.
\ir fixture/begin.sql
SET LOCAL scim.maintenance = 'on';    -- events of our own
SELECT plan(17);

INSERT INTO scim.users (org, user_name) SELECT 'tap-one', 'p' || i FROM generate_series(1, 40) AS i;
UPDATE scim.organization_settings SET guard_per_hour = 3, guard_percent = 0 WHERE org = 'tap-one';
CREATE FUNCTION pg_temp.remove(action text, number integer, ago interval DEFAULT '0', person uuid DEFAULT NULL)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO scim.audit_events (org, at, request_id, action, resource_type, resource_id)
    SELECT 'tap-one', clock_timestamp() - ago, 'r', action, 'User', coalesce(person, gen_random_uuid())
      FROM generate_series(1, number)
$$;

SELECT pg_temp.remove('deleted', 3, '1 minute');
SELECT is(scim.guard_refusal('tap-one'), NULL, 'plain SQL is not guarded');
SET LOCAL scim.request = '{"id": "r"}';
SELECT is((scim.guard_refusal('tap-one'))[1:2], '{3,3}', 'the fourth removal of an hour that allows three is refused');
SELECT cmp_ok((scim.guard_refusal('tap-one'))[3]::integer, '<=', 3540, 'until the first of them is an hour old');
SELECT cmp_ok((scim.guard_refusal('tap-one'))[3]::integer, '>', 3000, 'and not earlier');
SELECT is(scim.guard_refusal('tap-two'), NULL, 'another organization has its own');

DELETE FROM scim.audit_events WHERE org = 'tap-one';
SELECT pg_temp.remove('deleted', 5, '61 minutes'), pg_temp.remove('deactivated', 2), pg_temp.remove('updated', 9);
INSERT INTO scim.audit_events (org, action, resource_type, resource_id)
SELECT 'tap-one', 'deleted', 'User', gen_random_uuid() FROM generate_series(1, 9);
SELECT is(scim.guard_refusal('tap-one'), NULL, 'neither what is over an hour old, nor a change, nor what plain SQL removed counts');
SELECT pg_temp.remove('deactivated', 1, '30 minutes', '11111111-1111-1111-1111-111111111111');
SELECT is((scim.guard_refusal('tap-one'))[1:2], '{3,3}', 'a deactivation does');
SELECT cmp_ok((scim.guard_refusal('tap-one'))[3]::integer, '<=', 1800, 'the oldest of them leaves first');
SELECT pg_temp.remove('deleted', 1, '1 minute', '11111111-1111-1111-1111-111111111111');
SELECT is((scim.guard_refusal('tap-one'))[1:2], '{3,3}', 'who is deactivated and then deleted counts once');

UPDATE scim.organization_settings SET guard_percent = 10 WHERE org = 'tap-one';
SELECT is(scim.guard_refusal('tap-one'), NULL, 'or the percentage, where that is more: 10 % of 41 people is 5');
SELECT pg_temp.remove('deactivated', 2);
SELECT is((scim.guard_refusal('tap-one'))[1:2], '{5,5}', 'rounded up, and of who was there before the removals');
UPDATE scim.organization_settings SET guard_per_hour = NULL WHERE org = 'tap-one';
SELECT is(scim.guard_refusal('tap-one'), NULL, 'an organization can do without');
UPDATE scim.organization_settings SET guard_per_hour = 0, guard_percent = 0 WHERE org = 'tap-one';
SELECT is((scim.guard_refusal('tap-one'))[2], '0', 'or allow none');
SELECT cmp_ok((scim.guard_refusal('tap-two'))[3], 'IS NOT DISTINCT FROM', NULL, 'which is its own matter');

INSERT INTO scim.guards (org, stopped, refused) VALUES ('tap-one', now(), 7);
SELECT is(refused, 7::bigint, 'a release says how many were refused') FROM scim.guard_release('tap-one', '1 hour');
SELECT is(scim.guard_refusal('tap-one'), NULL, 'and lets all pass');
SELECT is_empty($$SELECT FROM scim.guard_release('tap-nobody', '1 hour')$$, 'an organization that is not there has no guard');

SELECT * FROM finish();
ROLLBACK;

-- watch_begin: has writers of the log NOTIFY for a minute from now on; returns the watcher; no row: there is no such organization.
-- $1 org, or '*' for all; $2 the watcher, NULL at first
WITH over AS (
    DELETE FROM scim.watchers AS watcher
     WHERE watcher.org = $1 AND watcher.until < now() AND watcher.id IS DISTINCT FROM $2::uuid
)
INSERT INTO scim.watchers (org, id)
SELECT $1, coalesce($2::uuid, gen_random_uuid())
 WHERE $1 = '*' OR EXISTS (SELECT FROM scim.organizations AS organization WHERE organization.org = $1)
    ON CONFLICT ON CONSTRAINT watchers_pkey DO UPDATE SET until = excluded.until
RETURNING id

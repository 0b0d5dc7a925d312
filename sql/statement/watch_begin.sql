-- watch_begin: has writers of the log NOTIFY for a minute from now on; returns the watcher.
-- $1 org, or '*' for all; $2 the watcher, NULL at first
WITH over AS (
    DELETE FROM scim.watchers AS watcher
     WHERE watcher.org = $1 AND watcher.until < now() AND watcher.id IS DISTINCT FROM $2::uuid
)
INSERT INTO scim.watchers (org, id) VALUES ($1, coalesce($2::uuid, gen_random_uuid()))
    ON CONFLICT ON CONSTRAINT watchers_pkey DO UPDATE SET until = excluded.until
RETURNING id

-- watch_end: nobody needs to NOTIFY for this watcher any more.
-- $1 org, or '*' for all; $2 the watcher
DELETE FROM scim.watchers AS watcher WHERE watcher.org = $1 AND watcher.id = $2::uuid

-- 0013 manager index: migration 0006 got this index after it was first used; a
-- database that was made before lacks it.

CREATE INDEX IF NOT EXISTS users_manager_id_idx ON scim.users (org, manager_id) WHERE manager_id IS NOT NULL;
COMMENT ON INDEX scim.users_manager_id_idx IS 'Finds the reports of a person who is deleted.';

INSERT INTO scim.schema_version (version, name) VALUES (13, 'manager index');

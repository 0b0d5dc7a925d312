-- 0012 import_groups: a staged group remembers which group it became, so that
-- thousands of them need not be looked for among each other.

ALTER TABLE scim.import_staging
    ADD COLUMN id     uuid,
    ADD COLUMN action text COLLATE "C";
COMMENT ON COLUMN scim.import_staging.id IS
    'Of a group, while it is imported: its id here, once it has been made or found. Not to be written.';
COMMENT ON COLUMN scim.import_staging.action IS
    'What was done to it then: create, update or same; its members come last. Not to be written.';
ALTER TABLE scim.import_matches DROP COLUMN action;

CREATE INDEX import_staging_reference_idx ON scim.import_staging (org, run, reference)
    WHERE reference IS NOT NULL AND resource_type = 'Group';
COMMENT ON INDEX scim.import_staging_reference_idx IS 'Is a member one of the groups to come?';

INSERT INTO scim.schema_version (version, name) VALUES (12, 'import_groups');

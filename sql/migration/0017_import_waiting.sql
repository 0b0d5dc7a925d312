-- 0017 import_waiting: the next groups of an import, and whether a name is that of a group which is
-- still to come, are found without reading all that wait.

-- Numbers: a name can be longer than an entry of an index may be. Columns: where row-level security
-- holds no expression of an index is looked up. Folding of what is too long can take minutes, and
-- nobody can be called so.
ALTER TABLE scim.import_staging
    ADD COLUMN external_id_hash bigint GENERATED ALWAYS AS (
        CASE WHEN resource_type = 'Group' THEN hashtextextended((resource ->> 'externalId') COLLATE "C", 0) END) STORED,
    ADD COLUMN display_name_hash bigint GENERATED ALWAYS AS (
        CASE WHEN resource_type = 'Group'
             THEN hashtextextended(scim.fold(left(resource ->> 'displayName', 4096)) COLLATE "C", 0) END) STORED;
COMMENT ON COLUMN scim.import_staging.external_id_hash IS
    'Of a group: a number made of its externalId, to find it by.';
COMMENT ON COLUMN scim.import_staging.display_name_hash IS
    'Of a group: a number made of its displayName as scim.fold compares it, to find it by.';

DROP INDEX scim.import_staging_reference_idx;
CREATE INDEX import_staging_reference_idx ON scim.import_staging (org, run, reference)
    WHERE reference IS NOT NULL AND resource_type = 'Group' AND id IS NULL;
CREATE INDEX import_staging_external_id_idx ON scim.import_staging (org, run, external_id_hash)
    WHERE external_id_hash IS NOT NULL AND resource_type = 'Group' AND id IS NULL;
CREATE INDEX import_staging_display_name_idx ON scim.import_staging (org, run, display_name_hash)
    WHERE display_name_hash IS NOT NULL AND resource_type = 'Group' AND id IS NULL;
CREATE INDEX import_staging_waiting_idx ON scim.import_staging (org, run, line)
    WHERE resource_type = 'Group' AND id IS NULL;
COMMENT ON INDEX scim.import_staging_reference_idx    IS 'Is a member one of the groups to come, by reference?';
COMMENT ON INDEX scim.import_staging_external_id_idx  IS 'The same by externalId.';
COMMENT ON INDEX scim.import_staging_display_name_idx IS 'The same by displayName.';
COMMENT ON INDEX scim.import_staging_waiting_idx      IS 'The groups that are still to be made, in the order of the file.';

INSERT INTO scim.schema_version (version, name) VALUES (17, 'import_waiting');

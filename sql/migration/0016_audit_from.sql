-- 0016 audit_from: what `scimlet prune --older-than` removed is remembered, so that undo and
-- as_of do not answer from an audit that has lost its beginning.

ALTER TABLE scim.organizations ADD COLUMN audit_from timestamptz;
COMMENT ON COLUMN scim.organizations.audit_from IS
    'Before then the audit was removed, though keep_audit would have kept it (scimlet prune --older-than); NULL: it was not.';

INSERT INTO scim.schema_version (version, name) VALUES (16, 'audit_from');

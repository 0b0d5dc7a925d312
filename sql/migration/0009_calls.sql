-- 0009 calls: people and groups are also written by calls of the API in SQL
-- (sql/function/api.sql), under the same rules: the guard counts them, too.

DROP INDEX scim.audit_events_removal_idx;
CREATE INDEX audit_events_removal_idx ON scim.audit_events (org, at)
    WHERE action IN ('deactivated', 'deleted') AND resource_type = 'User' AND request_id IS NOT NULL;
COMMENT ON INDEX scim.audit_events_removal_idx IS 'Counts what the guard counts: removals by SCIM and by calls of the API in SQL.';
COMMENT ON COLUMN scim.audit_events.request_id IS
    'As in request_log: the id of the SCIM request, or sql- and the transaction where the API was called in SQL; NULL: plain SQL.';
COMMENT ON COLUMN scim.request_log.request_id IS
    'X-Request-Id of the answer; the operations of a bulk share it. Of a call in SQL: sql- and the number of the transaction.';

INSERT INTO scim.schema_version (version, name) VALUES (9, 'calls');

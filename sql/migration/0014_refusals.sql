-- 0014 refusals: what is shown of refusals (scim.attention, scim.connections) reads them alone.

CREATE INDEX request_log_refused_idx ON scim.request_log (org, at) WHERE result IN ('refused', 'failed');
COMMENT ON INDEX scim.request_log_refused_idx IS 'The last refusals of an organization, among however many rows.';

INSERT INTO scim.schema_version (version, name) VALUES (14, 'refusals');

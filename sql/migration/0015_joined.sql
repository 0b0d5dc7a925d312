-- 0015 joined: when a person came into a group is told by an event of the group; scim.history
-- finds it by who came. Written at once: a list of pending entries would be read each time.

CREATE INDEX audit_events_members_idx ON scim.audit_events USING gin (members) WITH (fastupdate = off)
    WHERE members IS NOT NULL;
COMMENT ON INDEX scim.audit_events_members_idx IS 'The groups that a person came into and left. Ids are random: no two organizations share one.';

INSERT INTO scim.schema_version (version, name) VALUES (15, 'joined');

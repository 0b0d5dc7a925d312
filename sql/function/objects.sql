-- Objects: the last of the definitions notes what there is now, for scim.check.

SET LOCAL client_min_messages = warning;

DELETE FROM scim.schema_objects;
INSERT INTO scim.schema_objects (kind, identity, digest)
SELECT kind, identity, digest FROM scim.present_objects();

-- org_create: a new organization; its settings are made by a trigger.
-- $1 org, $2 name
-- No row: there is one with this key.
INSERT INTO scim.organizations (org, name)
VALUES ($1, coalesce($2, ''))
ON CONFLICT (org) DO NOTHING
RETURNING org

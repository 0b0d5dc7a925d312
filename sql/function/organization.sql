-- Organizations: each has its row of settings, and keeps its key.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.organizations_after_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO scim.organization_settings (org) VALUES (NEW.org);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.organizations_after_insert() IS
    'Gives a new organization its settings, all at their defaults.';

DROP TRIGGER IF EXISTS organizations_after_insert ON scim.organizations;
CREATE TRIGGER organizations_after_insert
    AFTER INSERT ON scim.organizations
    FOR EACH ROW EXECUTE FUNCTION scim.organizations_after_insert();
COMMENT ON TRIGGER organizations_after_insert ON scim.organizations IS
    'So that the settings of an organization always exist.';

DROP TRIGGER IF EXISTS organizations_keep_key ON scim.organizations;
CREATE TRIGGER organizations_keep_key
    BEFORE UPDATE ON scim.organizations
    FOR EACH ROW WHEN (NEW.org IS DISTINCT FROM OLD.org)
    EXECUTE FUNCTION scim.refuse(
        'The key of an organization cannot be changed: addresses and tokens contain it. Change its name instead.');
COMMENT ON TRIGGER organizations_keep_key ON scim.organizations IS
    'The key is part of addresses and tokens that identity providers hold.';

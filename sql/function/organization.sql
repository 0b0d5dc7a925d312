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

CREATE OR REPLACE FUNCTION scim.tokens_before_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM scim.organization_settings AS setting
      WHERE setting.org = NEW.org AND setting.require_sso
        AND num_nulls(setting.sso_protocol, setting.sso_entity_id, setting.sso_sign_on_url) > 0;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = format('A token of %s needs single sign-on to be set up first: '
                             'sso_protocol, sso_entity_id and sso_sign_on_url.', NEW.org),
            SCHEMA = 'scim', TABLE = 'tokens', CONSTRAINT = 'tokens_require_sso';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.tokens_before_insert() IS
    'Refuses a token where require_sso is on and single sign-on is not set up.';

DROP TRIGGER IF EXISTS tokens_before_insert ON scim.tokens;
CREATE TRIGGER tokens_before_insert
    BEFORE INSERT ON scim.tokens
    FOR EACH ROW EXECUTE FUNCTION scim.tokens_before_insert();
COMMENT ON TRIGGER tokens_before_insert ON scim.tokens IS
    'So that no identity provider is let in before people can sign in, however the token is made.';

-- 0001 organizations: the tenants, their settings, their tokens; and how names
-- are compared.
--
-- org stands first in every key and index: each statement touches the rows of
-- one organization, and nothing can be stored across two.

COMMENT ON SCHEMA scim IS
    'Scimlet: people and groups provisioned by SCIM 2.0 (RFC 7643, RFC 7644).';

-- A generated column needs it, hence here and not among the functions. Lower
-- case by ICU turns a capital sigma into a final one at the end of a word;
-- folding must not depend on the neighbours.
CREATE FUNCTION scim.fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT pg_catalog.replace(
               pg_catalog.lower(normalize($1, NFKC) COLLATE pg_catalog."und-x-icu"),
               'ς', 'σ') COLLATE pg_catalog."C"
$$;
COMMENT ON FUNCTION scim.fold(text) IS
    'The form in which names are compared: width and compatibility forms mapped (NFKC), then lower case; near to PRECIS UsernameCaseMapped (RFC 8265 3.3), which RFC 7643 5 asks for.';

CREATE TABLE scim.schema_version (
    version   integer     NOT NULL,
    name      text        NOT NULL,
    installed timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT schema_version_pkey PRIMARY KEY (version)
);
COMMENT ON TABLE scim.schema_version IS
    'One row per migration that has been applied to this database.';
COMMENT ON COLUMN scim.schema_version.version   IS 'The number of the migration.';
COMMENT ON COLUMN scim.schema_version.name      IS 'What the migration is about.';
COMMENT ON COLUMN scim.schema_version.installed IS 'When it was applied.';
COMMENT ON CONSTRAINT schema_version_pkey ON scim.schema_version IS
    'A migration is applied once.';

CREATE TABLE scim.organizations (
    org     text        COLLATE "C" NOT NULL,
    name    text        NOT NULL DEFAULT '',
    created timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT organizations_pkey      PRIMARY KEY (org),
    CONSTRAINT organizations_org_check CHECK (org ~ '^[a-z0-9][a-z0-9-]{1,62}$')
);
COMMENT ON TABLE scim.organizations IS
    'One row per organization (tenant) that an identity provider may provision.';
COMMENT ON COLUMN scim.organizations.org IS
    'The key of the organization, part of its address and of its tokens: chosen once, never changed.';
COMMENT ON COLUMN scim.organizations.name    IS 'The name people read; may change.';
COMMENT ON COLUMN scim.organizations.created IS 'When the organization was created.';
COMMENT ON CONSTRAINT organizations_pkey ON scim.organizations IS
    'An organization is known by its key.';
COMMENT ON CONSTRAINT organizations_org_check ON scim.organizations IS
    'The key stands in addresses and tokens without any quoting: 2 to 63 of a-z, 0-9 and -, not starting with -.';

CREATE TABLE scim.organization_settings (
    org                     text    COLLATE "C" NOT NULL,
    provisioning            boolean NOT NULL DEFAULT true,
    provisioning_off_reason text,
    replace_without_target  text    NOT NULL DEFAULT 'refuse',

    CONSTRAINT organization_settings_pkey PRIMARY KEY (org),
    CONSTRAINT organization_settings_org_fkey
        FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE,
    CONSTRAINT organization_settings_replace_without_target_check
        CHECK (replace_without_target IN ('refuse', 'create'))
);
COMMENT ON TABLE scim.organization_settings IS
    'How an organization wants its provisioning: exactly one row per organization, made with it.';
COMMENT ON COLUMN scim.organization_settings.org IS 'The organization.';
COMMENT ON COLUMN scim.organization_settings.provisioning IS
    'False: every SCIM call of the organization is answered 403.';
COMMENT ON COLUMN scim.organization_settings.provisioning_off_reason IS
    'Why provisioning is off, in words; goes into the detail of that 403.';
COMMENT ON COLUMN scim.organization_settings.replace_without_target IS
    'A PATCH replace whose filter matches nothing: refuse (400 noTarget, RFC 7644 3.5.2.3) or create, as Entra ID expects.';
COMMENT ON CONSTRAINT organization_settings_pkey ON scim.organization_settings IS
    'One row of settings per organization.';
COMMENT ON CONSTRAINT organization_settings_org_fkey ON scim.organization_settings IS
    'Settings go with their organization.';
COMMENT ON CONSTRAINT organization_settings_replace_without_target_check ON scim.organization_settings IS
    'The two answers that the responder knows.';

CREATE TABLE scim.tokens (
    org               text        COLLATE "C" NOT NULL,
    id                uuid        NOT NULL DEFAULT gen_random_uuid(),
    label             text        NOT NULL DEFAULT '',
    digest            bytea       NOT NULL,
    last_four         text        NOT NULL,
    scopes            text[]      NOT NULL DEFAULT '{users,groups}',
    created           timestamptz NOT NULL DEFAULT now(),
    created_by        text        NOT NULL DEFAULT session_user,
    expires           timestamptz NOT NULL,
    revoked           timestamptz,
    last_used         timestamptz,
    last_used_address text,
    last_used_agent   text,

    CONSTRAINT tokens_pkey            PRIMARY KEY (org, id),
    CONSTRAINT tokens_digest_key      UNIQUE (org, digest),
    CONSTRAINT tokens_org_fkey
        FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE,
    CONSTRAINT tokens_digest_check    CHECK (octet_length(digest) = 32),
    CONSTRAINT tokens_last_four_check CHECK (char_length(last_four) = 4),
    CONSTRAINT tokens_scopes_check
        CHECK (scopes <@ '{users,groups,read,login}' AND cardinality(scopes) > 0
               AND array_position(scopes, NULL) IS NULL)
);
COMMENT ON TABLE scim.tokens IS
    'Bearer tokens (RFC 6750) of identity providers. The token itself is shown once and stored nowhere.';
COMMENT ON COLUMN scim.tokens.org    IS 'The organization the token acts for.';
COMMENT ON COLUMN scim.tokens.id     IS 'Names the token without betraying it.';
COMMENT ON COLUMN scim.tokens.label  IS 'What people call it, e.g. Okta production.';
COMMENT ON COLUMN scim.tokens.digest IS
    'SHA-256 of the whole token. No salt and no stretching: the token has 256 random bits.';
COMMENT ON COLUMN scim.tokens.last_four IS
    'The last four characters, to tell tokens apart in a list.';
COMMENT ON COLUMN scim.tokens.scopes IS
    'What it may do: users and groups are written, read only reads, login reports sign-ins.';
COMMENT ON COLUMN scim.tokens.created    IS 'When it was made.';
COMMENT ON COLUMN scim.tokens.created_by IS 'Who made it.';
COMMENT ON COLUMN scim.tokens.expires    IS
    'From then on it is refused: a bearer token has a limited lifetime (RFC 7644 7.4).';
COMMENT ON COLUMN scim.tokens.revoked IS
    'From then on it is refused; in the future while a replaced token lives on for its grace.';
COMMENT ON COLUMN scim.tokens.last_used IS 'When it was last accepted; written at most once a minute.';
COMMENT ON COLUMN scim.tokens.last_used_address IS 'From which network address.';
COMMENT ON COLUMN scim.tokens.last_used_agent   IS 'By which User-Agent.';
COMMENT ON CONSTRAINT tokens_pkey ON scim.tokens IS 'A token is named by its id.';
COMMENT ON CONSTRAINT tokens_digest_key ON scim.tokens IS
    'Finds the token of a request by its digest.';
COMMENT ON CONSTRAINT tokens_org_fkey ON scim.tokens IS 'Tokens go with their organization.';
COMMENT ON CONSTRAINT tokens_digest_check ON scim.tokens IS 'A SHA-256 has 32 bytes.';
COMMENT ON CONSTRAINT tokens_last_four_check ON scim.tokens IS 'Four characters, no more of the secret.';
COMMENT ON CONSTRAINT tokens_scopes_check ON scim.tokens IS
    'At least one of the scopes that the responder knows.';

-- The second fence beside WHERE org = $1. FORCE: the owner of the tables is
-- fenced like everybody else. Unset, scim.org is an error or names no
-- organization; grant.sql says who sees more than one.
ALTER TABLE scim.organizations         ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.organizations         FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.organization_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.organization_settings FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.tokens                ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.tokens                FORCE  ROW LEVEL SECURITY;

CREATE POLICY organization ON scim.organizations
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.organization_settings
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.tokens
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
COMMENT ON POLICY organization ON scim.organizations IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.organization_settings IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.tokens IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';

INSERT INTO scim.schema_version (version, name) VALUES (1, 'organizations');

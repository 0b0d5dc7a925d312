-- 0002 users: the User resource (RFC 7643 4.1) and its addresses.
--
-- resource is what SCIM clients see; the typed columns are the same facts for
-- people who read, filter and write plain SQL. Triggers keep the two in step,
-- whichever of them a statement writes (sql/function/user.sql).

CREATE TABLE scim.users (
    org              text           COLLATE "C" NOT NULL,
    id               uuid           NOT NULL DEFAULT gen_random_uuid(),
    user_name        text           COLLATE "C" NOT NULL,
    user_name_key    text           COLLATE "C" NOT NULL
                     GENERATED ALWAYS AS (scim.fold(user_name)) STORED,
    external_id      text           COLLATE "C",
    display_name     text           COLLATE "C",
    display_name_key text           COLLATE "C"
                     GENERATED ALWAYS AS (scim.fold(display_name)) STORED,
    given_name       text           COLLATE "C",
    family_name      text           COLLATE "C",
    title            text           COLLATE "C",
    department       text           COLLATE "C",
    employee_number  text           COLLATE "C",
    manager_id       text           COLLATE "C",
    active           boolean        NOT NULL DEFAULT true,
    resource         jsonb          NOT NULL,
    version          bigint         NOT NULL DEFAULT 1,
    created          timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    last_modified    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT users_user_name_key      UNIQUE (org, user_name_key),
    CONSTRAINT users_org_fkey           FOREIGN KEY (org) REFERENCES scim.organizations (org),
    CONSTRAINT users_user_name_check
        CHECK (btrim(user_name_key) <> '' AND user_name !~ '[\u0001-\u001f\u007f-\u009f]'),
    CONSTRAINT users_user_name_key_check    CHECK (octet_length(user_name_key) <= 1024),
    CONSTRAINT users_external_id_check      CHECK (octet_length(external_id) <= 1024),
    CONSTRAINT users_display_name_key_check CHECK (octet_length(display_name_key) <= 1024),
    CONSTRAINT users_resource_check         CHECK (jsonb_typeof(resource) = 'object')
);
COMMENT ON TABLE scim.users IS
    'One row per User resource (RFC 7643 4.1). Write the columns or resource: the other follows.';
COMMENT ON COLUMN scim.users.org IS 'The organization the person belongs to.';
COMMENT ON COLUMN scim.users.id IS
    'SCIM id: ours, random, never given a second time (RFC 7643 3.1); cannot be changed.';
COMMENT ON COLUMN scim.users.user_name     IS 'SCIM userName, as the identity provider wrote it.';
COMMENT ON COLUMN scim.users.user_name_key IS
    'user_name as scim.fold compares it; find people with user_name_key = scim.fold(...).';
COMMENT ON COLUMN scim.users.external_id IS
    'SCIM externalId: how the identity provider knows the person; opaque and not unique (RFC 7643 3.1).';
COMMENT ON COLUMN scim.users.display_name     IS 'SCIM displayName.';
COMMENT ON COLUMN scim.users.display_name_key IS 'display_name as scim.fold compares it.';
COMMENT ON COLUMN scim.users.given_name       IS 'SCIM name.givenName.';
COMMENT ON COLUMN scim.users.family_name      IS 'SCIM name.familyName.';
COMMENT ON COLUMN scim.users.title            IS 'SCIM title.';
COMMENT ON COLUMN scim.users.department IS
    'SCIM department of the enterprise extension (RFC 7643 4.3).';
COMMENT ON COLUMN scim.users.employee_number IS
    'SCIM employeeNumber of the enterprise extension (RFC 7643 4.3).';
COMMENT ON COLUMN scim.users.manager_id IS
    'SCIM manager.value of the enterprise extension (RFC 7643 4.3). Text: identity providers send ids that are nobody here.';
COMMENT ON COLUMN scim.users.active IS
    'SCIM active: false for a person whose access was taken away.';
COMMENT ON COLUMN scim.users.resource IS
    'The User resource as SCIM clients read it, without id, meta and groups, which are added when it is sent, and without password, which is never kept.';
COMMENT ON COLUMN scim.users.version IS
    'Grows by one with each change of resource; the ETag is W/"version" (RFC 7644 3.14).';
COMMENT ON COLUMN scim.users.created       IS 'SCIM meta.created; set on insert, cannot be changed.';
COMMENT ON COLUMN scim.users.last_modified IS
    'SCIM meta.lastModified: when resource last really changed. Milliseconds, as SCIM shows it.';
COMMENT ON CONSTRAINT users_user_name_key ON scim.users IS
    'userName is unique in the organization, however it is written (RFC 7643 4.1.1): 409 uniqueness. Answers userName eq and sw.';
COMMENT ON CONSTRAINT users_org_fkey ON scim.users IS
    'An organization is not deleted while it has people.';
COMMENT ON CONSTRAINT users_user_name_check ON scim.users IS
    'userName is not empty or blank and has no control characters.';
COMMENT ON CONSTRAINT users_user_name_key_check ON scim.users IS
    'At most 1,024 bytes: an index entry has its limit.';
COMMENT ON CONSTRAINT users_external_id_check ON scim.users IS
    'At most 1,024 bytes: an index entry has its limit.';
COMMENT ON CONSTRAINT users_display_name_key_check ON scim.users IS
    'At most 1,024 bytes: an index entry has its limit.';
COMMENT ON CONSTRAINT users_resource_check ON scim.users IS 'A resource is a JSON object.';

CREATE INDEX users_external_id_idx ON scim.users (org, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX users_display_name_idx ON scim.users (org, display_name_key)
    WHERE display_name_key IS NOT NULL;
CREATE INDEX users_created_idx ON scim.users (org, created, id);
CREATE INDEX users_last_modified_idx ON scim.users (org, last_modified, id);
COMMENT ON INDEX scim.users_external_id_idx   IS 'Answers externalId eq, how identity providers find people again.';
COMMENT ON INDEX scim.users_display_name_idx  IS 'Answers displayName eq and sw.';
COMMENT ON INDEX scim.users_created_idx       IS 'The order of lists without sortBy: (created, id).';
COMMENT ON INDEX scim.users_last_modified_idx IS
    'Answers meta.lastModified gt, how a client asks what changed since.';

-- The primary key comes after the other indexes. Of indexes that look equally
-- cheap the planner takes the youngest, and while the table is empty all that
-- start with org do: a plan of that time would read the whole organization to
-- find an id, first of all for the foreign keys of a bulk load.
ALTER TABLE scim.users ADD CONSTRAINT users_pkey PRIMARY KEY (org, id);
COMMENT ON CONSTRAINT users_pkey ON scim.users IS 'A person is known by id within the organization.';

CREATE TABLE scim.user_emails (
    org       text    COLLATE "C" NOT NULL,
    user_id   uuid    NOT NULL,
    ordinal   integer NOT NULL,
    value     text    COLLATE "C" NOT NULL,
    value_key text    COLLATE "C" NOT NULL GENERATED ALWAYS AS (scim.fold(value)) STORED,
    type      text    COLLATE "C",
    "primary" boolean NOT NULL DEFAULT false,

    CONSTRAINT user_emails_user_id_fkey
        FOREIGN KEY (org, user_id) REFERENCES scim.users (org, id) ON DELETE CASCADE,
    CONSTRAINT user_emails_value_key_check CHECK (octet_length(value_key) <= 1024)
);
COMMENT ON TABLE scim.user_emails IS
    'One row per address in the emails of a person (RFC 7643 4.1.2). Follows users.resource; cannot be written itself.';
COMMENT ON COLUMN scim.user_emails.org       IS 'The organization.';
COMMENT ON COLUMN scim.user_emails.user_id   IS 'Whose address it is.';
COMMENT ON COLUMN scim.user_emails.ordinal   IS 'Its place in emails, from 1.';
COMMENT ON COLUMN scim.user_emails.value     IS 'SCIM emails.value, as it was written.';
COMMENT ON COLUMN scim.user_emails.value_key IS
    'value as scim.fold compares it; find addresses with value_key = scim.fold(...).';
COMMENT ON COLUMN scim.user_emails.type      IS 'SCIM emails.type: work, home, other or another word.';
COMMENT ON COLUMN scim.user_emails."primary" IS 'SCIM emails.primary.';
COMMENT ON CONSTRAINT user_emails_user_id_fkey ON scim.user_emails IS
    'Addresses go with their person.';
COMMENT ON CONSTRAINT user_emails_value_key_check ON scim.user_emails IS
    'At most 1,024 bytes: an index entry has its limit.';

CREATE INDEX user_emails_value_idx ON scim.user_emails (org, value_key);
COMMENT ON INDEX scim.user_emails_value_idx IS
    'Answers emails.value eq and emails[type eq "work" and value eq ...].';

-- After the other index, as above.
ALTER TABLE scim.user_emails ADD CONSTRAINT user_emails_pkey PRIMARY KEY (org, user_id, ordinal);
COMMENT ON CONSTRAINT user_emails_pkey ON scim.user_emails IS
    'An address is known by its place among the addresses of the person.';

ALTER TABLE scim.users       ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.users       FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.user_emails ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.user_emails FORCE  ROW LEVEL SECURITY;

CREATE POLICY organization ON scim.users
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.user_emails
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
COMMENT ON POLICY organization ON scim.users IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.user_emails IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';

INSERT INTO scim.schema_version (version, name) VALUES (2, 'users');

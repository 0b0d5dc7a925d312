-- 0006 life: a person from being provisioned to being removed, protected
-- people and groups, and groups as teams and roles of the application.

ALTER TABLE scim.users
    ADD COLUMN account       text           COLLATE "C",
    ADD COLUMN login_subject text           COLLATE "C",
    ADD COLUMN linked        timestamptz(3),
    ADD COLUMN last_login    timestamptz(3),
    ADD COLUMN removed       boolean        NOT NULL DEFAULT false,
    ADD COLUMN protected     boolean        NOT NULL DEFAULT false,
    ADD COLUMN status        text           COLLATE "C" NOT NULL
               GENERATED ALWAYS AS (CASE WHEN removed THEN 'removed'
                                         WHEN NOT active THEN 'suspended'
                                         WHEN account IS NOT NULL THEN 'active'
                                         ELSE 'provisioned' END) STORED,
    ADD CONSTRAINT users_removed_check CHECK (NOT (removed AND (active OR account IS NOT NULL))),
    ADD CONSTRAINT users_account_check
        CHECK (account <> '' AND octet_length(account) <= 1024),
    ADD CONSTRAINT users_login_subject_check
        CHECK (login_subject <> '' AND octet_length(login_subject) <= 1024);
CREATE UNIQUE INDEX users_account_key ON scim.users (org, account) WHERE account IS NOT NULL;
CREATE UNIQUE INDEX users_login_subject_key ON scim.users (org, login_subject) WHERE login_subject IS NOT NULL;
CREATE INDEX users_seat_idx ON scim.users (org) WHERE status = 'active';
CREATE INDEX users_manager_id_idx ON scim.users (org, manager_id) WHERE manager_id IS NOT NULL;
COMMENT ON COLUMN scim.users.account IS
    'The account of the application that a first login linked (scim.link_login); it takes a seat while active.';
COMMENT ON COLUMN scim.users.login_subject IS 'The subject of that login at the identity provider (SAML NameID, OpenID Connect sub).';
COMMENT ON COLUMN scim.users.linked     IS 'When the account was linked.';
COMMENT ON COLUMN scim.users.last_login IS 'When the application last told of a login.';
COMMENT ON COLUMN scim.users.removed IS
    'True: deactivated where the organization says on_deactivate = remove: unlinked and out of all groups, kept as a record.';
COMMENT ON COLUMN scim.users.protected IS
    'True: SCIM cannot change or delete the person (403); SQL and the command line can.';
COMMENT ON COLUMN scim.users.status IS
    'provisioned (no login yet: no seat), active (one seat), suspended (active is false) or removed.';
COMMENT ON CONSTRAINT users_removed_check ON scim.users IS 'Who was removed is neither active nor linked.';
COMMENT ON CONSTRAINT users_account_check ON scim.users IS 'At most 1,024 bytes: an index entry has its limit.';
COMMENT ON CONSTRAINT users_login_subject_check ON scim.users IS 'At most 1,024 bytes: an index entry has its limit.';
COMMENT ON INDEX scim.users_account_key IS 'An account belongs to one person.';
COMMENT ON INDEX scim.users_login_subject_key IS 'Finds the person of a login.';
COMMENT ON INDEX scim.users_seat_idx IS 'Counts the seats that are taken.';
COMMENT ON INDEX scim.users_manager_id_idx IS 'Finds the reports of a person who is deleted.';

ALTER TABLE scim.groups
    ADD COLUMN hidden    boolean NOT NULL DEFAULT false,
    ADD COLUMN protected boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN scim.groups.hidden IS
    'True: not among organization_settings.groups_to_sync, so the application''s views do not show it. Follows that setting.';
COMMENT ON COLUMN scim.groups.protected IS
    'True: SCIM cannot change or delete the group or its members, also not through a group that is a member of it (403).';

-- Who was deleted and is kept is not among scim.users: nothing that reads
-- people can forget to leave them out, and their userName is free.
CREATE TABLE scim.deleted_users (
    org           text           COLLATE "C" NOT NULL,
    id            uuid           NOT NULL,
    user_name     text           COLLATE "C" NOT NULL,
    user_name_key text           COLLATE "C" NOT NULL
                  GENERATED ALWAYS AS (scim.fold(user_name)) STORED,
    external_id   text           COLLATE "C",
    resource      jsonb          NOT NULL,
    account       text           COLLATE "C",
    login_subject text           COLLATE "C",
    linked        timestamptz(3),
    last_login    timestamptz(3),
    version       bigint         NOT NULL,
    created       timestamptz(3) NOT NULL,
    deleted       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    purge_after   timestamptz(3) NOT NULL,

    CONSTRAINT deleted_users_pkey     PRIMARY KEY (org, id),
    CONSTRAINT deleted_users_org_fkey FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE
);
CREATE INDEX deleted_users_user_name_idx ON scim.deleted_users (org, user_name_key);
CREATE INDEX deleted_users_external_id_idx ON scim.deleted_users (org, external_id) WHERE external_id IS NOT NULL;
COMMENT ON TABLE scim.deleted_users IS
    'People whom the identity provider deleted and the organization keeps for a while (on_delete = suspend, or email_change = reassign). SCIM does not see them.';
COMMENT ON COLUMN scim.deleted_users.org           IS 'The organization.';
COMMENT ON COLUMN scim.deleted_users.id            IS 'The SCIM id; the person gets it again when revived.';
COMMENT ON COLUMN scim.deleted_users.user_name     IS 'SCIM userName at the time.';
COMMENT ON COLUMN scim.deleted_users.user_name_key IS 'user_name as scim.fold compares it.';
COMMENT ON COLUMN scim.deleted_users.external_id   IS 'SCIM externalId at the time.';
COMMENT ON COLUMN scim.deleted_users.resource      IS 'The User resource at the time, as in scim.users.';
COMMENT ON COLUMN scim.deleted_users.account       IS 'The account that was linked.';
COMMENT ON COLUMN scim.deleted_users.login_subject IS 'The subject of its logins.';
COMMENT ON COLUMN scim.deleted_users.linked        IS 'When it was linked.';
COMMENT ON COLUMN scim.deleted_users.last_login    IS 'When the application last told of a login.';
COMMENT ON COLUMN scim.deleted_users.version       IS 'The version at the time; who is revived goes on from there.';
COMMENT ON COLUMN scim.deleted_users.created       IS 'SCIM meta.created.';
COMMENT ON COLUMN scim.deleted_users.deleted       IS 'When the person was deleted.';
COMMENT ON COLUMN scim.deleted_users.purge_after   IS 'From then on `scimlet prune` forgets the person.';
COMMENT ON CONSTRAINT deleted_users_pkey ON scim.deleted_users IS 'A person is deleted once.';
COMMENT ON CONSTRAINT deleted_users_org_fkey ON scim.deleted_users IS 'Kept people go with their organization.';
COMMENT ON INDEX scim.deleted_users_user_name_idx   IS 'Finds whom a POST may revive by userName.';
COMMENT ON INDEX scim.deleted_users_external_id_idx IS 'Finds whom a POST may revive by externalId.';

CREATE TABLE scim.group_mappings (
    org      text    COLLATE "C" NOT NULL,
    id       integer NOT NULL,
    pattern  text    COLLATE "C" NOT NULL,
    team     text    COLLATE "C",
    role     text    COLLATE "C",
    priority integer NOT NULL DEFAULT 0,

    CONSTRAINT group_mappings_pkey PRIMARY KEY (org, id),
    CONSTRAINT group_mappings_org_fkey FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE,
    CONSTRAINT group_mappings_pattern_check CHECK (btrim(pattern) <> '' AND octet_length(pattern) <= 1024),
    CONSTRAINT group_mappings_target_check
        CHECK (num_nonnulls(team, role) > 0 AND team <> '' AND role <> ''
               AND octet_length(team) <= 1024 AND octet_length(role) <= 1024)
);
CREATE UNIQUE INDEX group_mappings_key
    ON scim.group_mappings (org, pattern, (coalesce(team, '')), (coalesce(role, '')));
COMMENT ON TABLE scim.group_mappings IS
    'Which groups give their members which teams and roles of the application, many to many; scim.team_members is the result.';
COMMENT ON COLUMN scim.group_mappings.org      IS 'The organization.';
COMMENT ON COLUMN scim.group_mappings.id       IS 'Names the mapping within the organization.';
COMMENT ON COLUMN scim.group_mappings.pattern  IS
    'displayName of the groups, compared as scim.fold does; * and ? stand for any characters.';
COMMENT ON COLUMN scim.group_mappings.team     IS 'The team that members get; NULL: the mapping gives a role everywhere.';
COMMENT ON COLUMN scim.group_mappings.role     IS 'The role that members get in the team; NULL: they are plain members of it.';
COMMENT ON COLUMN scim.group_mappings.priority IS
    'Where several mappings give a person different roles in a team, the one of the highest priority counts.';
COMMENT ON CONSTRAINT group_mappings_pkey ON scim.group_mappings IS 'A mapping is named by its id.';
COMMENT ON CONSTRAINT group_mappings_org_fkey ON scim.group_mappings IS 'Mappings go with their organization.';
COMMENT ON CONSTRAINT group_mappings_pattern_check ON scim.group_mappings IS 'Not blank, at most 1,024 bytes.';
COMMENT ON CONSTRAINT group_mappings_target_check ON scim.group_mappings IS 'A team, a role or both, of at most 1,024 bytes.';
COMMENT ON INDEX scim.group_mappings_key IS 'A mapping is made once.';

ALTER TABLE scim.deleted_users  ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.deleted_users  FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.group_mappings ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.group_mappings FORCE  ROW LEVEL SECURITY;
CREATE POLICY organization ON scim.deleted_users
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.group_mappings
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
COMMENT ON POLICY organization ON scim.deleted_users IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.group_mappings IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';

INSERT INTO scim.schema_version (version, name) VALUES (6, 'life');

-- 0003 groups: the Group resource (RFC 7643 4.2) and its members.
--
-- A membership is a row: adding one member to a group of 100,000 writes one
-- row, and version tells clients that the group changed without reading any.

CREATE TABLE scim.groups (
    org              text           COLLATE "C" NOT NULL,
    id               uuid           NOT NULL DEFAULT gen_random_uuid(),
    display_name     text           COLLATE "C" NOT NULL,
    display_name_key text           COLLATE "C" NOT NULL
                     GENERATED ALWAYS AS (scim.fold(display_name)) STORED,
    external_id      text           COLLATE "C",
    unique_name      boolean        NOT NULL DEFAULT true,
    member_count     integer        NOT NULL DEFAULT 0,
    version          bigint         NOT NULL DEFAULT 1,
    created          timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    last_modified    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT groups_org_fkey               FOREIGN KEY (org) REFERENCES scim.organizations (org),
    CONSTRAINT groups_display_name_check     CHECK (btrim(display_name_key) <> ''),
    CONSTRAINT groups_display_name_key_check CHECK (octet_length(display_name_key) <= 1024),
    CONSTRAINT groups_external_id_check      CHECK (octet_length(external_id) <= 1024)
);
COMMENT ON TABLE scim.groups IS 'One row per Group resource (RFC 7643 4.2).';
COMMENT ON COLUMN scim.groups.org IS 'The organization the group belongs to.';
COMMENT ON COLUMN scim.groups.id IS
    'SCIM id: ours, random, never given a second time (RFC 7643 3.1); cannot be changed.';
COMMENT ON COLUMN scim.groups.display_name     IS 'SCIM displayName, required (RFC 7643 4.2).';
COMMENT ON COLUMN scim.groups.display_name_key IS
    'display_name as scim.fold compares it; find groups with display_name_key = scim.fold(...).';
COMMENT ON COLUMN scim.groups.external_id IS
    'SCIM externalId: how the identity provider knows the group; opaque and not unique (RFC 7643 3.1).';
COMMENT ON COLUMN scim.groups.unique_name IS
    'True: no other group of the organization with unique_name has this name. False lets names repeat.';
COMMENT ON COLUMN scim.groups.member_count IS
    'How many rows of group_members the group has: follows them by trigger, cannot be written.';
COMMENT ON COLUMN scim.groups.version IS
    'Grows with each change of name, externalId or members, also when what is shown of a member changes; the ETag is W/"version" (RFC 7644 3.14).';
COMMENT ON COLUMN scim.groups.created       IS 'SCIM meta.created; set on insert, cannot be changed.';
COMMENT ON COLUMN scim.groups.last_modified IS
    'SCIM meta.lastModified: when version last grew. Milliseconds, as SCIM shows it.';
COMMENT ON CONSTRAINT groups_org_fkey ON scim.groups IS
    'An organization is not deleted while it has groups.';
COMMENT ON CONSTRAINT groups_display_name_check ON scim.groups IS 'displayName is not empty or blank.';
COMMENT ON CONSTRAINT groups_display_name_key_check ON scim.groups IS
    'At most 1,024 bytes: an index entry has its limit.';
COMMENT ON CONSTRAINT groups_external_id_check ON scim.groups IS
    'At most 1,024 bytes: an index entry has its limit.';

CREATE UNIQUE INDEX groups_display_name_key ON scim.groups (org, display_name_key) WHERE unique_name;
CREATE INDEX groups_display_name_idx ON scim.groups (org, display_name_key);
CREATE INDEX groups_external_id_idx ON scim.groups (org, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_created_idx ON scim.groups (org, created, id);
COMMENT ON INDEX scim.groups_display_name_key IS
    'A second group of the same displayName: 409 uniqueness, unless the organization allows it.';
COMMENT ON INDEX scim.groups_display_name_idx IS 'Answers displayName eq and sw, also among repeated names.';
COMMENT ON INDEX scim.groups_external_id_idx  IS 'Answers externalId eq.';
COMMENT ON INDEX scim.groups_created_idx      IS 'The order of lists without sortBy: (created, id).';

-- After the other indexes, as in 0002.
ALTER TABLE scim.groups ADD CONSTRAINT groups_pkey PRIMARY KEY (org, id);
COMMENT ON CONSTRAINT groups_pkey ON scim.groups IS 'A group is known by id within the organization.';

CREATE TABLE scim.group_members (
    org         text COLLATE "C" NOT NULL,
    group_id    uuid NOT NULL,
    member_id   uuid NOT NULL,
    member_type text COLLATE "C" NOT NULL DEFAULT 'User',
    user_id     uuid GENERATED ALWAYS AS (CASE WHEN member_type = 'User' THEN member_id END) STORED,
    subgroup_id uuid GENERATED ALWAYS AS (CASE WHEN member_type = 'Group' THEN member_id END) STORED,

    CONSTRAINT group_members_pkey PRIMARY KEY (org, group_id, member_id),
    CONSTRAINT group_members_group_id_fkey
        FOREIGN KEY (org, group_id) REFERENCES scim.groups (org, id) ON DELETE CASCADE,
    CONSTRAINT group_members_user_id_fkey
        FOREIGN KEY (org, user_id) REFERENCES scim.users (org, id) ON DELETE CASCADE,
    CONSTRAINT group_members_subgroup_id_fkey
        FOREIGN KEY (org, subgroup_id) REFERENCES scim.groups (org, id) ON DELETE CASCADE,
    CONSTRAINT group_members_member_type_check CHECK (member_type IN ('User', 'Group')),
    CONSTRAINT group_members_member_id_check   CHECK (member_id <> group_id)
);
COMMENT ON TABLE scim.group_members IS
    'One row per direct member of a group (RFC 7643 4.2). Rows are inserted and deleted, never updated.';
COMMENT ON COLUMN scim.group_members.org         IS 'The organization of group and member alike.';
COMMENT ON COLUMN scim.group_members.group_id    IS 'The group.';
COMMENT ON COLUMN scim.group_members.member_id   IS 'SCIM members.value: the id of the person or group.';
COMMENT ON COLUMN scim.group_members.member_type IS 'SCIM members.type: User or Group.';
COMMENT ON COLUMN scim.group_members.user_id     IS 'member_id if the member is a person, for joins.';
COMMENT ON COLUMN scim.group_members.subgroup_id IS 'member_id if the member is a group, for joins.';
COMMENT ON CONSTRAINT group_members_pkey ON scim.group_members IS
    'A member is in a group once; finds the members of a group and one of them.';
COMMENT ON CONSTRAINT group_members_group_id_fkey ON scim.group_members IS
    'Memberships go with their group.';
COMMENT ON CONSTRAINT group_members_user_id_fkey ON scim.group_members IS
    'The person exists, in the same organization; memberships go with the person.';
COMMENT ON CONSTRAINT group_members_subgroup_id_fkey ON scim.group_members IS
    'The member group exists, in the same organization; memberships go with it.';
COMMENT ON CONSTRAINT group_members_member_type_check ON scim.group_members IS
    'The two types of RFC 7643 8.7.1.';
COMMENT ON CONSTRAINT group_members_member_id_check ON scim.group_members IS
    'A group is not its own member.';

CREATE INDEX group_members_user_id_idx ON scim.group_members (org, user_id)
    WHERE user_id IS NOT NULL;
CREATE INDEX group_members_subgroup_id_idx ON scim.group_members (org, subgroup_id)
    WHERE subgroup_id IS NOT NULL;
COMMENT ON INDEX scim.group_members_user_id_idx     IS 'The groups of a person (RFC 7643 4.1.2 groups).';
COMMENT ON INDEX scim.group_members_subgroup_id_idx IS 'The groups that a group is a member of.';

ALTER TABLE scim.groups        ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.groups        FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.group_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.group_members FORCE  ROW LEVEL SECURITY;

CREATE POLICY organization ON scim.groups
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.group_members
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
COMMENT ON POLICY organization ON scim.groups IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.group_members IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';

INSERT INTO scim.schema_version (version, name) VALUES (3, 'groups');

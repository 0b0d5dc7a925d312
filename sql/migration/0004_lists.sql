-- 0004 lists: totals that need no counting, cursors, walks by startIndex, and
-- indexes on attributes that few organizations filter by.

-- One row per organization and type would make all writers wait for each
-- other until the commit; each server process has a slot of its own instead.
CREATE TABLE scim.resource_counts (
    org           text     COLLATE "C" NOT NULL,
    resource_type text     COLLATE "C" NOT NULL,
    slot          smallint NOT NULL,
    number        bigint   NOT NULL,
    removed       bigint   NOT NULL,

    CONSTRAINT resource_counts_pkey PRIMARY KEY (org, resource_type, slot),
    CONSTRAINT resource_counts_org_fkey
        FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE,
    CONSTRAINT resource_counts_resource_type_check CHECK (resource_type IN ('User', 'Group'))
) WITH (fillfactor = 50);
COMMENT ON TABLE scim.resource_counts IS
    'How many resources an organization has: the sum of number over all slots. Follows scim.users and scim.groups, also through psql; cannot be written itself.';
COMMENT ON COLUMN scim.resource_counts.org           IS 'The organization.';
COMMENT ON COLUMN scim.resource_counts.resource_type IS 'User or Group.';
COMMENT ON COLUMN scim.resource_counts.slot IS
    'Taken from the id of the server process, so that processes that write at the same time do not wait for each other.';
COMMENT ON COLUMN scim.resource_counts.number IS
    'Resources made minus resources deleted through this slot; may be negative, only the sum means something.';
COMMENT ON COLUMN scim.resource_counts.removed IS
    'Resources ever deleted through this slot: while the sum stays the same, a place in the list stays where it is.';
COMMENT ON CONSTRAINT resource_counts_pkey ON scim.resource_counts IS
    'One row per slot; finds all slots of an organization and type.';
COMMENT ON CONSTRAINT resource_counts_org_fkey ON scim.resource_counts IS
    'Counts go with their organization.';
COMMENT ON CONSTRAINT resource_counts_resource_type_check ON scim.resource_counts IS
    'The two types that there are.';

CREATE FUNCTION scim.resources_counted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    gone CONSTANT integer := (TG_OP = 'DELETE')::integer;
BEGIN
    -- In the order of org, so that two that count several do not deadlock.
    INSERT INTO scim.resource_counts AS counted (org, resource_type, slot, number, removed)
    SELECT org, TG_ARGV[0], pg_backend_pid() % 64, count(*) * (1 - 2 * gone), count(*) * gone
      FROM resources
     GROUP BY org
     ORDER BY org
        ON CONFLICT (org, resource_type, slot) DO UPDATE
       SET number = counted.number + excluded.number,
           removed = counted.removed + excluded.removed;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.resources_counted() IS
    'Adds to resource_counts what a statement made or deleted; resources are those rows, the argument is their type.';

CREATE FUNCTION scim.resources_truncated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT text := current_setting('scim.org', true);
BEGIN
    -- TRUNCATE empties every organization, also in one-role mode.
    PERFORM set_config('scim.org', '*', true);
    UPDATE scim.resource_counts
       SET number = 0,
           removed = resource_counts.removed + greatest(number, 1)
     WHERE resource_type = TG_ARGV[0];
    PERFORM set_config('scim.org', coalesce(named, ''), true);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.resources_truncated() IS
    'Sets the counts of a type to zero; the argument is the type.';

CREATE TRIGGER users_counted_insert
    AFTER INSERT ON scim.users
    REFERENCING NEW TABLE AS resources
    FOR EACH STATEMENT EXECUTE FUNCTION scim.resources_counted('User');
COMMENT ON TRIGGER users_counted_insert ON scim.users IS 'Keeps the total of lists.';

CREATE TRIGGER users_counted_delete
    AFTER DELETE ON scim.users
    REFERENCING OLD TABLE AS resources
    FOR EACH STATEMENT EXECUTE FUNCTION scim.resources_counted('User');
COMMENT ON TRIGGER users_counted_delete ON scim.users IS 'Keeps the total of lists.';

CREATE TRIGGER users_counted_truncate
    AFTER TRUNCATE ON scim.users
    FOR EACH STATEMENT EXECUTE FUNCTION scim.resources_truncated('User');
COMMENT ON TRIGGER users_counted_truncate ON scim.users IS 'Keeps the total of lists.';

CREATE TRIGGER groups_counted_insert
    AFTER INSERT ON scim.groups
    REFERENCING NEW TABLE AS resources
    FOR EACH STATEMENT EXECUTE FUNCTION scim.resources_counted('Group');
COMMENT ON TRIGGER groups_counted_insert ON scim.groups IS 'Keeps the total of lists.';

CREATE TRIGGER groups_counted_delete
    AFTER DELETE ON scim.groups
    REFERENCING OLD TABLE AS resources
    FOR EACH STATEMENT EXECUTE FUNCTION scim.resources_counted('Group');
COMMENT ON TRIGGER groups_counted_delete ON scim.groups IS 'Keeps the total of lists.';

CREATE TRIGGER groups_counted_truncate
    AFTER TRUNCATE ON scim.groups
    FOR EACH STATEMENT EXECUTE FUNCTION scim.resources_truncated('Group');
COMMENT ON TRIGGER groups_counted_truncate ON scim.groups IS 'Keeps the total of lists.';

-- From here on writers wait for this migration, so what is counted now is all.
-- It is of all organizations, hence the owner goes unfenced.
ALTER TABLE scim.organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scim.users         NO FORCE ROW LEVEL SECURITY;
ALTER TABLE scim.groups        NO FORCE ROW LEVEL SECURITY;
INSERT INTO scim.resource_counts (org, resource_type, slot, number, removed)
SELECT org, 'User', 0, count(*), 0 FROM scim.users GROUP BY org
UNION ALL
SELECT org, 'Group', 0, count(*), 0 FROM scim.groups GROUP BY org;

-- Without an extension there are no random bytes, but two random uuids have 244 bits.
CREATE TABLE scim.cursor_keys (
    org text  COLLATE "C" NOT NULL,
    key bytea NOT NULL
        DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),

    CONSTRAINT cursor_keys_pkey PRIMARY KEY (org),
    CONSTRAINT cursor_keys_org_fkey
        FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE,
    CONSTRAINT cursor_keys_key_check CHECK (octet_length(key) = 32)
);
COMMENT ON TABLE scim.cursor_keys IS
    'What the cursors of lists (RFC 9865) are signed with, so that nobody can make one up. A new key ends all walks under way.';
COMMENT ON COLUMN scim.cursor_keys.org IS 'The organization.';
COMMENT ON COLUMN scim.cursor_keys.key IS 'The key of HMAC-SHA-256: secret, random.';
COMMENT ON CONSTRAINT cursor_keys_pkey ON scim.cursor_keys IS 'One key per organization.';
COMMENT ON CONSTRAINT cursor_keys_org_fkey ON scim.cursor_keys IS 'Keys go with their organization.';
COMMENT ON CONSTRAINT cursor_keys_key_check ON scim.cursor_keys IS 'As long as a SHA-256.';

CREATE FUNCTION scim.organizations_get_cursor_key() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO scim.cursor_keys (org) VALUES (NEW.org);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.organizations_get_cursor_key() IS 'Gives a new organization the key of its cursors.';

CREATE TRIGGER organizations_get_cursor_key
    AFTER INSERT ON scim.organizations
    FOR EACH ROW EXECUTE FUNCTION scim.organizations_get_cursor_key();
COMMENT ON TRIGGER organizations_get_cursor_key ON scim.organizations IS
    'So that the key of an organization always exists.';

INSERT INTO scim.cursor_keys (org) SELECT org FROM scim.organizations;
ALTER TABLE scim.organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE scim.users         FORCE ROW LEVEL SECURITY;
ALTER TABLE scim.groups        FORCE ROW LEVEL SECURITY;

-- Not UNLOGGED: a standby could not read it, and would refuse the whole list.
CREATE TABLE scim.list_anchors (
    org           text           COLLATE "C" NOT NULL,
    token_id      uuid           NOT NULL,
    resource_type text           COLLATE "C" NOT NULL,
    start_index   bigint         NOT NULL,
    removed       bigint         NOT NULL,
    created       timestamptz(3) NOT NULL,
    id            uuid           NOT NULL,

    CONSTRAINT list_anchors_pkey PRIMARY KEY (org, token_id, resource_type),
    CONSTRAINT list_anchors_token_id_fkey
        FOREIGN KEY (org, token_id) REFERENCES scim.tokens (org, id) ON DELETE CASCADE
) WITH (fillfactor = 50);
COMMENT ON TABLE scim.list_anchors IS
    'Where a client that reads page after page by startIndex will go on, so that the next page need not step over all before it. Can be emptied at any time.';
COMMENT ON COLUMN scim.list_anchors.org           IS 'The organization.';
COMMENT ON COLUMN scim.list_anchors.token_id      IS 'The token of the client.';
COMMENT ON COLUMN scim.list_anchors.resource_type IS 'User or Group.';
COMMENT ON COLUMN scim.list_anchors.start_index   IS 'The startIndex with which the client will go on.';
COMMENT ON COLUMN scim.list_anchors.removed IS
    'The sum of resource_counts.removed when it was noted: another one, and the place is another, too.';
COMMENT ON COLUMN scim.list_anchors.created IS 'meta.created of the resource before start_index.';
COMMENT ON COLUMN scim.list_anchors.id      IS 'id of the resource before start_index.';
COMMENT ON CONSTRAINT list_anchors_pkey ON scim.list_anchors IS
    'A client is at one place of a list at a time.';
COMMENT ON CONSTRAINT list_anchors_token_id_fkey ON scim.list_anchors IS
    'Places go with the token.';

-- An expression index cannot serve people behind row level security: its
-- expression would run before the fence, which PostgreSQL allows to leakproof
-- functions only. Hence the values stand in rows, as those of emails do.
CREATE TABLE scim.indexed_attributes (
    org       text     COLLATE "C" NOT NULL,
    attribute text     COLLATE "C" NOT NULL,
    path      jsonpath NOT NULL,
    ready     boolean  NOT NULL DEFAULT false,

    CONSTRAINT indexed_attributes_pkey PRIMARY KEY (org, attribute)
);
COMMENT ON TABLE scim.indexed_attributes IS
    'Attributes of people whose values are in scim.indexed_values; see `scimlet index`.';
COMMENT ON COLUMN scim.indexed_attributes.org IS 'The organization, or * for all of them.';
COMMENT ON COLUMN scim.indexed_attributes.attribute IS
    'The SCIM attribute, e.g. nickName or phoneNumbers.value.';
COMMENT ON COLUMN scim.indexed_attributes.path IS 'Where its values stand in users.resource.';
COMMENT ON COLUMN scim.indexed_attributes.ready IS
    'False until the values of everybody who was there before are in; from then on filters use it.';
COMMENT ON CONSTRAINT indexed_attributes_pkey ON scim.indexed_attributes IS
    'An attribute is indexed once.';

CREATE TABLE scim.indexed_values (
    org       text COLLATE "C" NOT NULL,
    user_id   uuid NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    value_key text COLLATE "C" NOT NULL,

    CONSTRAINT indexed_values_user_id_fkey
        FOREIGN KEY (org, user_id) REFERENCES scim.users (org, id) ON DELETE CASCADE
);
COMMENT ON TABLE scim.indexed_values IS
    'The values of indexed attributes. Follows users.resource.';
COMMENT ON COLUMN scim.indexed_values.org       IS 'The organization.';
COMMENT ON COLUMN scim.indexed_values.user_id   IS 'Whose value it is.';
COMMENT ON COLUMN scim.indexed_values.attribute IS 'The attribute, as in indexed_attributes.';
COMMENT ON COLUMN scim.indexed_values.value_key IS
    'The value as scim.fold compares it, its first 256 characters.';
COMMENT ON CONSTRAINT indexed_values_user_id_fkey ON scim.indexed_values IS
    'Values go with their person.';

CREATE INDEX indexed_values_value_idx ON scim.indexed_values (org, attribute, value_key, user_id);
COMMENT ON INDEX scim.indexed_values_value_idx IS 'Answers eq and sw on an indexed attribute.';

-- After the other index, as in 0002.
ALTER TABLE scim.indexed_values
    ADD CONSTRAINT indexed_values_pkey PRIMARY KEY (org, user_id, attribute, value_key);
COMMENT ON CONSTRAINT indexed_values_pkey ON scim.indexed_values IS
    'A person has a value once; finds the values of a person.';

ALTER TABLE scim.resource_counts    ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.resource_counts    FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.cursor_keys        ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.cursor_keys        FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.list_anchors       ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.list_anchors       FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.indexed_attributes ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.indexed_attributes FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.indexed_values     ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.indexed_values     FORCE  ROW LEVEL SECURITY;

CREATE POLICY organization ON scim.resource_counts
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.cursor_keys
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.list_anchors
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.indexed_attributes
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.indexed_values
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY for_all ON scim.indexed_attributes FOR SELECT USING (org = '*');
COMMENT ON POLICY organization ON scim.resource_counts IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.cursor_keys IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.list_anchors IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.indexed_attributes IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.indexed_values IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY for_all ON scim.indexed_attributes IS
    'Every organization sees what is indexed for all of them.';

INSERT INTO scim.schema_version (version, name) VALUES (4, 'lists');

-- Lists: who may not write counts, and what keeps scim.indexed_values. The
-- counting itself began with its table (0004), so that nobody was missed.

SET LOCAL client_min_messages = warning;

-- Inside a trigger (ours, or the one of a cascading delete) the depth is not 0.
DROP TRIGGER IF EXISTS resource_counts_derived ON scim.resource_counts;
CREATE TRIGGER resource_counts_derived
    BEFORE INSERT OR UPDATE OR DELETE ON scim.resource_counts
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION scim.refuse('scim.resource_counts follows scim.users and scim.groups.');
COMMENT ON TRIGGER resource_counts_derived ON scim.resource_counts IS
    'A number that somebody wrote would no longer be that of the resources.';

CREATE OR REPLACE FUNCTION scim.organizations_forget_indexes() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM scim.indexed_attributes WHERE org = OLD.org;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.organizations_forget_indexes() IS
    'Takes the indexed attributes of a deleted organization along; no foreign key can, as * is no organization.';

DROP TRIGGER IF EXISTS organizations_forget_indexes ON scim.organizations;
CREATE TRIGGER organizations_forget_indexes
    AFTER DELETE ON scim.organizations
    FOR EACH ROW EXECUTE FUNCTION scim.organizations_forget_indexes();
COMMENT ON TRIGGER organizations_forget_indexes ON scim.organizations IS
    'A later organization of the same key starts without them.';

CREATE OR REPLACE FUNCTION scim.value_keys(resource jsonb, path jsonpath) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT DISTINCT pg_catalog.left(scim.fold(element #>> '{}'), 256)
      FROM pg_catalog.jsonb_path_query($1, $2) AS element
     WHERE pg_catalog.jsonb_typeof(element) = 'string'
$$;
COMMENT ON FUNCTION scim.value_keys(jsonb, jsonpath) IS
    'The texts at a path of a resource as indexed_values.value_key has them.';

CREATE OR REPLACE FUNCTION scim.users_index_values() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Mostly nobody has asked for an index, and then writing people costs no more.
    IF NOT EXISTS (SELECT FROM scim.indexed_attributes) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM scim.indexed_values AS gone
         USING people
         WHERE gone.org = people.org AND gone.user_id = people.id;
    END IF;
    INSERT INTO scim.indexed_values (org, user_id, attribute, value_key)
    SELECT people.org, people.id, indexed.attribute, found.value_key
      FROM people
      JOIN scim.indexed_attributes AS indexed ON indexed.org IN (people.org, '*')
     CROSS JOIN LATERAL scim.value_keys(people.resource, indexed.path) AS found (value_key)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_index_values() IS
    'Makes indexed_values what the resources of the people that a statement wrote say.';

DROP TRIGGER IF EXISTS users_index_inserted ON scim.users;
CREATE TRIGGER users_index_inserted
    AFTER INSERT ON scim.users
    REFERENCING NEW TABLE AS people
    FOR EACH STATEMENT EXECUTE FUNCTION scim.users_index_values();
COMMENT ON TRIGGER users_index_inserted ON scim.users IS 'Fills indexed_values.';

DROP TRIGGER IF EXISTS users_index_updated ON scim.users;
CREATE TRIGGER users_index_updated
    AFTER UPDATE ON scim.users
    REFERENCING NEW TABLE AS people
    FOR EACH STATEMENT EXECUTE FUNCTION scim.users_index_values();
COMMENT ON TRIGGER users_index_updated ON scim.users IS
    'Fills indexed_values again when people changed.';

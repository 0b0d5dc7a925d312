-- Groups and memberships: version grows whenever the Group resource changes,
-- also through its members, so that an ETag never lies (RFC 7644 3.14).

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.groups_changed(changed_org text, changed_ids uuid[], added integer[] DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Locked in the order of id, so that two changes to the same groups wait for
    -- each other and never deadlock. A statement of its own, so that the UPDATE
    -- sees the rows as they were locked and has nothing left to wait for.
    IF cardinality(changed_ids) > 1 THEN
        PERFORM FROM scim.groups
          WHERE org = changed_org AND id = ANY (changed_ids)
          ORDER BY id
            FOR NO KEY UPDATE;
    END IF;
    UPDATE scim.groups
       SET version = version + 1,
           last_modified = greatest(scim.clock(), last_modified),
           member_count = member_count + coalesce(changed.added, 0)
      FROM unnest(changed_ids, added) AS changed (id, added)
     WHERE groups.org = changed_org AND groups.id = changed.id;
END
$$;
COMMENT ON FUNCTION scim.groups_changed(text, uuid[], integer[]) IS
    'Raises version and last_modified of groups whose members, or what is shown of them, changed; added tells by how much each number of members grew.';

CREATE OR REPLACE FUNCTION scim.groups_before_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- As of people: what is brought back goes on where it ended.
    IF current_setting('scim.restoring', true) IS DISTINCT FROM 'on' THEN
        NEW.version := 1;
        NEW.created := scim.clock();
    END IF;
    NEW.member_count := 0;
    NEW.last_modified := greatest(scim.clock(), NEW.created);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.groups_before_insert() IS 'Starts version, times and number of members of a group.';

CREATE OR REPLACE FUNCTION scim.groups_before_update() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.last_modified := greatest(scim.clock(), OLD.last_modified);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.groups_before_update() IS 'Counts a change of a group and notes its time.';

CREATE OR REPLACE FUNCTION scim.groups_display_name_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM scim.groups_changed(NEW.org, ARRAY(
        SELECT group_id FROM scim.group_members WHERE org = NEW.org AND subgroup_id = NEW.id));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.groups_display_name_changed() IS
    'Tells the groups that a group is a member of that members.display changed.';

CREATE OR REPLACE FUNCTION scim.group_members_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sign CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    changed record;
BEGIN
    FOR changed IN
        SELECT org, array_agg(group_id) AS group_ids, array_agg(sign * number) AS added
          FROM (SELECT org, group_id, count(*)::integer AS number
                  FROM memberships
                 GROUP BY org, group_id) AS teams
         GROUP BY org
    LOOP
        PERFORM scim.groups_changed(changed.org, changed.group_ids, changed.added);
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.group_members_changed() IS
    'Tells each group once that a statement added or removed members; memberships are the rows that really came or went.';

DROP TRIGGER IF EXISTS groups_keep_identity ON scim.groups;
CREATE TRIGGER groups_keep_identity
    BEFORE UPDATE ON scim.groups
    FOR EACH ROW WHEN ((NEW.org, NEW.id, NEW.created) IS DISTINCT FROM (OLD.org, OLD.id, OLD.created))
    EXECUTE FUNCTION scim.refuse('org, id and created of a group cannot be changed.');
COMMENT ON TRIGGER groups_keep_identity ON scim.groups IS
    'RFC 7643 3.1: id is immutable; clients hold it.';

DROP TRIGGER IF EXISTS groups_keep_count ON scim.groups;
CREATE TRIGGER groups_keep_count
    BEFORE UPDATE ON scim.groups
    FOR EACH ROW WHEN (NEW.member_count IS DISTINCT FROM OLD.member_count AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION scim.refuse('member_count follows the rows of scim.group_members; write those.');
COMMENT ON TRIGGER groups_keep_count ON scim.groups IS
    'A number that somebody wrote would no longer be that of the members.';

DROP TRIGGER IF EXISTS groups_before_insert ON scim.groups;
CREATE TRIGGER groups_before_insert
    BEFORE INSERT ON scim.groups
    FOR EACH ROW EXECUTE FUNCTION scim.groups_before_insert();
COMMENT ON TRIGGER groups_before_insert ON scim.groups IS 'Starts version and times.';

DROP TRIGGER IF EXISTS groups_before_update ON scim.groups;
CREATE TRIGGER groups_before_update
    BEFORE UPDATE ON scim.groups
    FOR EACH ROW WHEN ((NEW.display_name, NEW.external_id) IS DISTINCT FROM (OLD.display_name, OLD.external_id))
    EXECUTE FUNCTION scim.groups_before_update();
COMMENT ON TRIGGER groups_before_update ON scim.groups IS
    'Counts changes of what SCIM shows; without one version stays as the statement says.';

DROP TRIGGER IF EXISTS groups_display_name_changed ON scim.groups;
CREATE TRIGGER groups_display_name_changed
    AFTER UPDATE ON scim.groups
    FOR EACH ROW WHEN (NEW.display_name IS DISTINCT FROM OLD.display_name)
    EXECUTE FUNCTION scim.groups_display_name_changed();
COMMENT ON TRIGGER groups_display_name_changed ON scim.groups IS
    'A group shows the names of its members, so its ETag must change with them.';

DROP TRIGGER IF EXISTS group_members_inserted ON scim.group_members;
CREATE TRIGGER group_members_inserted
    AFTER INSERT ON scim.group_members
    REFERENCING NEW TABLE AS memberships
    FOR EACH STATEMENT EXECUTE FUNCTION scim.group_members_changed();
COMMENT ON TRIGGER group_members_inserted ON scim.group_members IS
    'New members change the version of their groups.';

DROP TRIGGER IF EXISTS group_members_deleted ON scim.group_members;
CREATE TRIGGER group_members_deleted
    AFTER DELETE ON scim.group_members
    REFERENCING OLD TABLE AS memberships
    FOR EACH STATEMENT EXECUTE FUNCTION scim.group_members_changed();
COMMENT ON TRIGGER group_members_deleted ON scim.group_members IS
    'Members that leave, also by being deleted themselves, change the version of their groups.';

DROP TRIGGER IF EXISTS group_members_not_updated ON scim.group_members;
CREATE TRIGGER group_members_not_updated
    BEFORE UPDATE ON scim.group_members
    FOR EACH ROW EXECUTE FUNCTION scim.refuse(
        'A membership is not updated: delete it and insert another.');
COMMENT ON TRIGGER group_members_not_updated ON scim.group_members IS
    'RFC 7643 4.2: the sub-attributes of members are immutable.';

-- Groups and memberships: version grows whenever the Group resource changes,
-- also through its members, so that an ETag never lies (RFC 7644 3.14).

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.many_groups_changed(changed_org text, changed_ids uuid[], added integer[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
BEGIN
    -- In the order of id before anything is written, as scim.groups_changed does it.
    PERFORM locked.id
       FROM (SELECT changed_org AS org, listed.id FROM unnest(changed_ids) AS listed (id) ORDER BY listed.id OFFSET 0) AS wanted
      CROSS JOIN LATERAL (SELECT team.id FROM scim.groups AS team
                           WHERE team.org = wanted.org AND team.id = wanted.id
                           LIMIT 1 FOR NO KEY UPDATE) AS locked;
    UPDATE scim.groups AS team
       SET version = team.version + 1,
           last_modified = greatest(scim.clock(), team.last_modified),
           member_count = team.member_count + coalesce(changed.more, 0)
      FROM (SELECT changed_org AS org, listed.id, listed.more
              FROM unnest(changed_ids, added) AS listed (id, more)
             ORDER BY listed.id
            OFFSET 0) AS changed
     WHERE team.org = changed.org AND team.id = changed.id;
END
$$;
COMMENT ON FUNCTION scim.many_groups_changed(text, uuid[], integer[]) IS
    'What scim.groups_changed does, by one statement: for an import, which changes hundreds at a time.';

CREATE OR REPLACE FUNCTION scim.groups_changed(changed_org text, changed_ids uuid[], added integer[] DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed record;
BEGIN
    IF cardinality(changed_ids) > 10 THEN
        PERFORM scim.many_groups_changed(changed_org, changed_ids, added);
        RETURN;
    END IF;
    -- One by one, in the order of id: two changes to the same groups wait for each
    -- other and never deadlock, and no plan reads all groups to find a few.
    FOR changed IN
        SELECT listed.id, listed.more
          FROM unnest(changed_ids, added) AS listed (id, more)
         ORDER BY listed.id
    LOOP
        UPDATE scim.groups
           SET version = version + 1,
               last_modified = greatest(scim.clock(), last_modified),
               member_count = member_count + coalesce(changed.more, 0)
         WHERE org = changed_org AND id = changed.id;
    END LOOP;
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
    NEW.last_modified := scim.clock();
    IF current_setting('scim.restoring', true) IS DISTINCT FROM 'on' THEN
        NEW.version := 1;
        NEW.created := NEW.last_modified;
    END IF;
    NEW.member_count := 0;
    NEW.last_modified := greatest(NEW.last_modified, NEW.created);
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

-- What an organization's settings say about groups: which are hidden, and
-- whether names may repeat.

CREATE OR REPLACE FUNCTION scim.like_pattern(pattern text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT pg_catalog.translate(
        pg_catalog.regexp_replace(scim.fold($1), '([\\%_])', '\\\1', 'g'), '*?', '%_')
$$;
COMMENT ON FUNCTION scim.like_pattern(text) IS
    'A pattern, in which * and ? stand for any characters, as LIKE wants it: for names that scim.fold has folded.';

CREATE OR REPLACE FUNCTION scim.matches_pattern(name text, pattern text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT scim.fold($1) LIKE scim.like_pattern($2)
$$;
COMMENT ON FUNCTION scim.matches_pattern(text, text) IS
    'Is this the name of a group that the pattern means? Compared as scim.fold does; * stands for any characters, ? for one.';

CREATE OR REPLACE FUNCTION scim.like_patterns(patterns text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT ARRAY(SELECT scim.like_pattern(pattern) FROM pg_catalog.unnest($1) AS pattern)
$$;
COMMENT ON FUNCTION scim.like_patterns(text[]) IS 'scim.like_pattern of each; NULL of NULL, which means all groups.';

-- Groups that are being written and a change of the settings that they follow
-- wait for each other: neither could see the other's rows before its commit.
CREATE OR REPLACE FUNCTION scim.lock_group_settings(org text, changes boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key CONSTANT bigint := hashtextextended('scim group settings ' || org, 0);
BEGIN
    IF changes THEN
        PERFORM pg_advisory_xact_lock(key);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(key);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.lock_group_settings(text, boolean) IS
    'Waits until nobody changes the settings for groups of the organization (changes: nor writes names of groups), and keeps it so until the commit.';

CREATE OR REPLACE FUNCTION scim.groups_follow_settings() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings record;
BEGIN
    PERFORM scim.lock_group_settings(NEW.org, false);
    SELECT groups_to_sync, unique_group_names INTO settings
      FROM scim.organization_settings WHERE org = NEW.org;
    NEW.hidden := scim.fold(NEW.display_name) LIKE ANY (scim.like_patterns(settings.groups_to_sync)) IS FALSE;
    IF TG_OP = 'INSERT' THEN
        NEW.unique_name := NEW.unique_name AND settings.unique_group_names IS NOT FALSE;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.groups_follow_settings() IS
    'Sets hidden, and for a new group unique_name, as the settings of the organization say.';

CREATE OR REPLACE FUNCTION scim.repeated_group_name(of_org text) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT pg_catalog.min(team.display_name)
      FROM scim.groups AS team
     WHERE team.org = $1
     GROUP BY team.display_name_key
    HAVING pg_catalog.count(*) > 1
     ORDER BY 1
     LIMIT 1
$$;
COMMENT ON FUNCTION scim.repeated_group_name(text) IS
    'The first displayName that more than one group of the organization has; NULL: all are different.';

CREATE OR REPLACE FUNCTION scim.group_settings_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    patterns CONSTANT text[] := scim.like_patterns(NEW.groups_to_sync);
    repeated text;
BEGIN
    PERFORM scim.lock_group_settings(NEW.org, true);
    IF NEW.unique_group_names AND NOT OLD.unique_group_names THEN
        repeated := scim.repeated_group_name(NEW.org);
        IF repeated IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'restrict_violation',
                MESSAGE = format('unique_group_names cannot be switched on: there is more than one group named "%s". Rename or delete all but one first.', repeated),
                SCHEMA = 'scim', TABLE = 'organization_settings', CONSTRAINT = TG_NAME;
        END IF;
    END IF;
    UPDATE scim.groups
       SET hidden = display_name_key LIKE ANY (patterns) IS FALSE,
           unique_name = CASE WHEN NEW.unique_group_names = OLD.unique_group_names THEN unique_name
                              ELSE NEW.unique_group_names END
     WHERE org = NEW.org
       AND (hidden IS DISTINCT FROM (display_name_key LIKE ANY (patterns) IS FALSE)
            OR NEW.unique_group_names <> OLD.unique_group_names AND unique_name <> NEW.unique_group_names);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.group_settings_changed() IS
    'Lets hidden and unique_name of the groups that are there follow their settings; version stays, SCIM shows nothing of it.';

-- What SCIM may do with groups. A DBA's statements are not subject to it.

CREATE OR REPLACE FUNCTION scim.protected_group_above(of_org text, of_group uuid) RETURNS text
    LANGUAGE sql STABLE
AS $$
    -- UNION (not ALL) ends cycles. Without a group above it is one look into an index.
    WITH RECURSIVE above (id) AS (
        SELECT member.group_id
          FROM scim.group_members AS member
         WHERE member.org = $1 AND member.subgroup_id = $2
        UNION
        SELECT member.group_id
          FROM above
          JOIN scim.group_members AS member ON member.org = $1 AND member.subgroup_id = above.id
    )
    SELECT team.display_name
      FROM above
     CROSS JOIN LATERAL (SELECT display_name, protected FROM scim.groups
                          WHERE org = $1 AND id = above.id LIMIT 1) AS team
     WHERE team.protected
     ORDER BY team.display_name
     LIMIT 1
$$;
COMMENT ON FUNCTION scim.protected_group_above(text, uuid) IS
    'The displayName of a protected group that the group is a member of, directly or through others; NULL: there is none.';

CREATE OR REPLACE FUNCTION scim.group_refusal(of_org text, of_group uuid DEFAULT NULL)
    RETURNS TABLE (reason text, arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guarded text;
BEGIN
    SELECT CASE WHEN setting.provisioning THEN 'action.groups_off' ELSE 'provisioning.off' END,
           CASE WHEN NOT setting.provisioning THEN scim.provisioning_off_words(setting) END
      INTO reason, arguments
      FROM scim.organization_settings AS setting
     WHERE setting.org = of_org AND NOT (setting.push_groups AND setting.provisioning);
    IF reason IS NULL AND of_group IS NOT NULL THEN
        SELECT display_name INTO guarded
          FROM scim.groups WHERE org = of_org AND id = of_group AND protected;
        IF guarded IS NOT NULL THEN
            reason := 'resource.protected';
            arguments := ARRAY['group', guarded];
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION scim.group_refusal(text, uuid) IS
    'Why SCIM may not write this group, or, without one, a new group: one row, whose reason is NULL where it may.';

CREATE OR REPLACE FUNCTION scim.create_group(of_org text, of_name text, of_external_id text, new_id uuid DEFAULT NULL,
        OUT team scim.groups, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT refusal.reason, refusal.arguments INTO reason, arguments FROM scim.group_refusal(of_org) AS refusal;
    IF reason IS NULL THEN
        INSERT INTO scim.groups AS made (org, id, display_name, external_id)
        VALUES (of_org, coalesce(new_id, gen_random_uuid()), of_name, of_external_id)
            ON CONFLICT (org, display_name_key) WHERE unique_name DO NOTHING
        RETURNING made.* INTO team;
        IF NOT FOUND THEN
            reason := 'group.name_taken';
            arguments := ARRAY[of_name];
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.create_group(text, text, text, uuid) IS
    'POST /Groups: a new group without members. reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.add_group_members(of_org text, of_group uuid, ids uuid[], OUT added bigint, OUT unknown uuid)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- LIMIT keeps the planner from reading the whole organization where most are small.
    -- In the order of id: the foreign keys lock who is added in the order of the rows.
    WITH known AS MATERIALIZED (
        SELECT wanted.id, CASE WHEN person.id IS NOT NULL THEN 'User' WHEN team.id IS NOT NULL THEN 'Group' END AS type
          FROM (SELECT DISTINCT listed.id FROM unnest(ids) AS listed (id)) AS wanted
          LEFT JOIN LATERAL (SELECT id FROM scim.users
                              WHERE org = of_org AND id = wanted.id AND NOT removed LIMIT 1) AS person ON true
          LEFT JOIN LATERAL (SELECT id FROM scim.groups
                              WHERE org = of_org AND id = wanted.id AND person.id IS NULL LIMIT 1) AS team ON true
    ), made AS (
        INSERT INTO scim.group_members (org, group_id, member_id, member_type)
        SELECT of_org, of_group, known.id, known.type
          FROM known
         WHERE known.type IS NOT NULL
         ORDER BY known.id
            ON CONFLICT DO NOTHING
        RETURNING member_id
    )
    SELECT (SELECT count(*) FROM made),
           (SELECT known.id FROM known WHERE known.type IS NULL LIMIT 1)
      INTO added, unknown;
END
$$;
COMMENT ON FUNCTION scim.add_group_members(text, uuid, uuid[]) IS
    'Adds people and groups to a group; who is in already stays as is. unknown: one of the ids that is nobody of this organization, or somebody who was removed.';

CREATE OR REPLACE FUNCTION scim.log_group(of_org text, of_group uuid, action text, status integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM scim.log_done(of_org, action, 'Group', team.id, team.display_name, NULL, team.external_id, status,
                CASE WHEN team.hidden THEN 'group.not_synced' END,
                CASE WHEN team.hidden THEN ARRAY[team.display_name] END)
       FROM scim.groups AS team
      WHERE team.org = of_org AND team.id = of_group;
END
$$;
COMMENT ON FUNCTION scim.log_group(text, uuid, text, integer) IS
    'Writes the row of request_log for a group that was written.';

DROP TRIGGER IF EXISTS groups_follow_settings ON scim.groups;
CREATE TRIGGER groups_follow_settings
    BEFORE INSERT ON scim.groups
    FOR EACH ROW EXECUTE FUNCTION scim.groups_follow_settings();
COMMENT ON TRIGGER groups_follow_settings ON scim.groups IS 'A new group is hidden, and its name unique, as the settings say.';

DROP TRIGGER IF EXISTS groups_follow_settings_renamed ON scim.groups;
CREATE TRIGGER groups_follow_settings_renamed
    BEFORE UPDATE ON scim.groups
    FOR EACH ROW WHEN (NEW.display_name IS DISTINCT FROM OLD.display_name)
    EXECUTE FUNCTION scim.groups_follow_settings();
COMMENT ON TRIGGER groups_follow_settings_renamed ON scim.groups IS 'Another name may be one that is synced, or not.';

DROP TRIGGER IF EXISTS organization_settings_groups ON scim.organization_settings;
CREATE TRIGGER organization_settings_groups
    AFTER UPDATE ON scim.organization_settings
    FOR EACH ROW WHEN ((NEW.groups_to_sync, NEW.unique_group_names)
                       IS DISTINCT FROM (OLD.groups_to_sync, OLD.unique_group_names))
    EXECUTE FUNCTION scim.group_settings_changed();
COMMENT ON TRIGGER organization_settings_groups ON scim.organization_settings IS
    'Groups follow groups_to_sync and unique_group_names.';

-- The runs of `scimlet import`: where one begins, how its batches move the
-- mark, where it ends. What a batch does stands in import_people.sql.
--
-- Two batches may be under way, on two connections, if all people of the second
-- are new, and the two do not name each other's people, which `scimlet import`
-- sees: then it is all the same which of them comes first. The marks, and the
-- commits, stay in the order of the file.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.import_make_room() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS import_rows
        (line bigint, resource_type text, resource jsonb, reference text, groups text[]) ON COMMIT DELETE ROWS;
END
$$;
COMMENT ON FUNCTION scim.import_make_room() IS
    'Makes the table of this session to which `scimlet import` copies what it reads.';

CREATE OR REPLACE FUNCTION scim.import_join(of_org text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    slots CONSTANT integer := 64;       -- as many as scim.resources_counted has
BEGIN
    -- Two that count in the same row would wait for each other.
    IF EXISTS (SELECT FROM pg_locks AS known
                WHERE known.locktype = 'advisory' AND known.granted
                  AND known.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND (known.classid::bigint << 32 | known.objid::bigint) = scim.import_key(of_org)
                  AND known.pid % slots = pg_backend_pid() % slots) THEN
        RETURN false;
    END IF;
    -- Who helped before may not be quite gone.
    RETURN scim.import_lock(of_org, interval '1 s', beside => true);
END
$$;
COMMENT ON FUNCTION scim.import_join(text) IS
    'Makes this session the helper of the one that imports into the organization; false: it cannot be.';

CREATE OR REPLACE FUNCTION scim.import_start(of_org text, of_file text, of_digest bytea, with_options jsonb, resume boolean)
    RETURNS TABLE (outcome text, run uuid, records bigint, named_by text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patience CONSTANT interval := CASE WHEN resume THEN interval '30 s' ELSE interval '2 s' END;
    last scim.import_runs;
BEGIN
    outcome := CASE WHEN NOT EXISTS (SELECT FROM scim.organizations AS known WHERE known.org = of_org) THEN 'no_organization'
                    -- The server may still be ending the session of who was just killed.
                    WHEN NOT scim.import_lock(of_org, patience) OR NOT scim.import_lock(of_org, patience, beside => true)
                    THEN 'locked' END;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    -- Nobody is beside us any more, and our own helper may be.
    PERFORM pg_advisory_unlock(scim.import_key(of_org, beside => true));
    IF resume THEN
        SELECT * INTO last FROM scim.import_runs AS known WHERE known.org = of_org ORDER BY known.started DESC LIMIT 1;
        outcome := CASE WHEN last.state IS DISTINCT FROM 'running' THEN 'nothing_to_resume'
                        WHEN last.digest IS DISTINCT FROM of_digest THEN 'other_file'
                        WHEN last.options - 'named_by' <> with_options THEN 'other_options'
                        ELSE 'resumed' END;
        run := last.id;
        records := last.records;
        named_by := last.options ->> 'named_by';
        RETURN NEXT;
        RETURN;
    END IF;
    -- All zeros: somebody wrote them in SQL.
    DELETE FROM scim.import_staging AS old WHERE old.org = of_org AND old.run <> '00000000-0000-0000-0000-000000000000';
    DELETE FROM scim.import_matches AS old WHERE old.org = of_org AND old.run <> '00000000-0000-0000-0000-000000000000';
    DELETE FROM scim.import_rejects AS old WHERE old.org = of_org;
    UPDATE scim.import_runs AS old SET state = 'abandoned' WHERE old.org = of_org AND old.state = 'running';
    outcome := 'begun';
    records := 0;
    INSERT INTO scim.import_runs (org, file, digest, options)
    VALUES (of_org, of_file, of_digest, with_options)
    RETURNING id INTO run;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION scim.import_start(text, text, bytea, jsonb, boolean) IS
    'Begins a run of `scimlet import`, or finds the one to go on with. outcome: begun, resumed, or why not. named_by: as of scim.import_batch, once it is known.';

CREATE OR REPLACE FUNCTION scim.import_count(of_org text, of_run uuid, more jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    total jsonb;
BEGIN
    UPDATE scim.import_runs AS run
       SET last_batch = clock_timestamp(),
           counts = run.counts || coalesce((
               SELECT jsonb_object_agg(key, value::bigint + coalesce((run.counts ->> key)::bigint, 0))
                 FROM jsonb_each_text(more)), '{}')
     WHERE run.org = of_org AND run.id = of_run
    RETURNING counts INTO total;
    RETURN total;
END
$$;
COMMENT ON FUNCTION scim.import_count(text, uuid, jsonb) IS
    'Adds to the counts of a run; gives these.';

CREATE OR REPLACE FUNCTION scim.import_mark(of_org text, of_run uuid, records_before bigint, records_after bigint, more jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE scim.import_runs AS run
       SET records = records_after
     WHERE run.org = of_org AND run.id = of_run AND run.records = records_before AND run.state = 'running';
    RETURN CASE WHEN FOUND THEN scim.import_count(of_org, of_run, more) END;
END
$$;
COMMENT ON FUNCTION scim.import_mark(text, uuid, bigint, bigint, jsonb) IS
    'Moves the mark of a run, which must stand where it is said to, and adds to its counts; gives these. NULL: another session has moved it or begun another run, and this transaction must not be committed.';

CREATE OR REPLACE FUNCTION scim.import_reject(of_org text, of_run uuid, at_line bigint, type text, of_subject text,
        of_reason text, of_sentence text) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO scim.import_rejects (org, run, line, resource_type, subject, reason, sentence)
    VALUES ($1, $2, coalesce($3, 0), coalesce($4, 'User'), $5, $6, coalesce($7, $6))
        ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION scim.import_reject(text, uuid, bigint, text, text, text, text) IS 'Notes a record that was rejected.';

CREATE OR REPLACE FUNCTION scim.import_unreadable(of_org text, of_run uuid, rejects jsonb) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one record;
    number bigint := 0;
BEGIN
    FOR one IN
        SELECT *
          FROM jsonb_to_recordset(rejects) AS listed (line bigint, type text, subject text, reason text, arguments text[])
    LOOP
        number := number + 1;
        PERFORM scim.import_reject(of_org, of_run, one.line, one.type, one.subject, one.reason,
            scim.sentence(one.reason, one.arguments));
        PERFORM scim.import_log_refused(of_org, coalesce(one.type, 'User'), NULL,
            jsonb_build_object('userName', one.subject), one.reason, one.arguments);
    END LOOP;
    RETURN number;
END
$$;
COMMENT ON FUNCTION scim.import_unreadable(text, uuid, jsonb) IS
    'Notes and logs records that `scimlet import` could not read; how many they are.';

CREATE OR REPLACE FUNCTION scim.import_stage(of_org text, of_run uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO scim.import_staging (org, run, line, resource_type, resource, reference, groups)
    SELECT of_org, of_run, rows.line, rows.resource_type, rows.resource, rows.reference, rows.groups
      FROM pg_temp.import_rows AS rows;
    -- A dry run has all its batches in one transaction.
    DELETE FROM pg_temp.import_rows;
END
$$;
COMMENT ON FUNCTION scim.import_stage(text, uuid) IS 'Takes what was copied to pg_temp.import_rows.';

CREATE OR REPLACE FUNCTION scim.import_batch(of_org text, of_run uuid, match text, named_by text, rejects jsonb, tell bigint,
        only_new boolean)
    RETURNS TABLE (line bigint, resource_type text, action text, subject text, sentence text, changes jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    everything CONSTANT bigint := 9223372036854775807;
    one record;
    told bigint := 0;
    created bigint := 0;
    updated bigint := 0;
    revived bigint := 0;
    same bigint := 0;
    refused bigint;
    all_new boolean := true;
BEGIN
    -- Nobody can delete it from here on, and what it owns.
    PERFORM FROM scim.organizations AS known WHERE known.org = of_org FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    refused := scim.import_unreadable(of_org, of_run, rejects);
    RETURN QUERY
    SELECT listed.line, reject.resource_type, 'refused', reject.subject, reject.sentence, NULL::jsonb
      FROM jsonb_to_recordset(rejects) AS listed (line bigint)
      JOIN scim.import_rejects AS reject ON reject.org = of_org AND reject.run = of_run AND reject.line = listed.line;
    PERFORM scim.import_stage(of_org, of_run);
    -- Of the first batch; a run that is resumed goes on with it.
    IF NOT only_new THEN
        UPDATE scim.import_runs AS run SET options = run.options || jsonb_build_object('named_by', named_by)
         WHERE run.org = of_org AND run.id = of_run AND NOT run.options ? 'named_by';
    END IF;
    FOR one IN
        SELECT line, action, subject, reason, arguments, resource, before
          FROM scim.import_people_at_once(of_org, of_run, match, named_by, 0, everything, true, true)
         WHERE only_new
         UNION ALL
        SELECT line, action, subject, reason, arguments, resource, before
          FROM scim.import_people(of_org, of_run, match, named_by, 0, everything, tell = 0)
         WHERE NOT only_new
    LOOP
        CASE one.action
        WHEN 'counted' THEN
            created := created + (one.resource ->> 'create')::bigint;
            same := same + (one.resource ->> 'same')::bigint;
            all_new := all_new AND (one.resource ->> 'new')::boolean;
            CONTINUE;
        WHEN 'create' THEN created := created + 1;
        WHEN 'update' THEN updated := updated + 1;
        WHEN 'revive' THEN revived := revived + 1;
        WHEN 'same' THEN same := same + 1;
        ELSE refused := refused + 1;
        END CASE;
        all_new := all_new AND one.action IN ('create', 'refused');
        IF one.action = 'refused' OR told < tell AND one.action <> 'same' THEN
            told := told + (one.action <> 'refused')::integer;
            line := one.line;
            resource_type := 'User';
            action := one.action;
            subject := one.subject;
            sentence := CASE WHEN one.action = 'refused' THEN scim.sentence(one.reason, one.arguments) END;
            changes := CASE WHEN one.action = 'update' THEN scim.import_changes(one.before, one.resource) END;
            RETURN NEXT;
            IF one.action = 'refused' THEN
                PERFORM scim.import_reject(of_org, of_run, line, 'User', subject, one.reason, sentence);
            END IF;
        END IF;
    END LOOP;
    DELETE FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User';
    line := NULL;
    action := CASE WHEN all_new THEN 'new' WHEN only_new THEN 'not_new' ELSE 'mixed' END;
    changes := jsonb_build_object('User.create', created, 'User.update', updated, 'User.revive', revived,
        'User.same', same, 'refused', refused);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION scim.import_batch(text, uuid, text, text, jsonb, bigint, boolean) IS
    'A batch of `scimlet import`, copied to pg_temp.import_rows: its people are merged, its groups wait in import_staging. named_by: as of scim.import_people. Rows: who was refused, at most tell others, and what the batch did (for scim.import_mark), with the action new: all people are; mixed: not all; not_new: not all, although only_new was asked for, so that this transaction must not be committed. None: the organization is gone.';

CREATE OR REPLACE FUNCTION scim.import_next(of_org text, of_run uuid, tell bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, subject text, sentence text, changes jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    one record;
    told bigint := 0;
    number jsonb := '{}';
    name text;
    finished boolean := false;
    piece text;
BEGIN
    -- The connection may be another than that of the piece before, and the organization gone.
    PERFORM FROM scim.organizations AS known WHERE known.org = of_org FOR KEY SHARE;
    IF NOT scim.import_lock(of_org)
            OR NOT EXISTS (SELECT FROM scim.import_runs AS mine WHERE mine.org = of_org AND mine.id = of_run AND mine.state = 'running') THEN
        RETURN;
    END IF;
    FOR one IN SELECT * FROM scim.import_step(of_org, of_run) LOOP
        IF one.action IN ('piece', 'finished') THEN
            finished := one.action = 'finished';
            piece := one.subject;
            CONTINUE;
        END IF;
        name := CASE WHEN one.action = 'refused' THEN 'refused' ELSE one.resource_type || '.' || one.action END;
        number := number || jsonb_build_object(name, coalesce((number ->> name)::bigint, 0) + 1);
        IF one.resource_type = 'Group' AND one.action <> 'refused' THEN
            number := number || jsonb_build_object(
                'added', coalesce((number ->> 'added')::bigint, 0) + coalesce((one.resource ->> 'added')::bigint, 0),
                'removed', coalesce((number ->> 'removed')::bigint, 0) + coalesce((one.resource ->> 'removed')::bigint, 0));
        END IF;
        line := one.line;
        resource_type := one.resource_type;
        action := one.action;
        subject := one.subject;
        sentence := CASE WHEN one.action = 'refused' THEN scim.sentence(one.reason, one.arguments) END;
        IF one.action = 'refused' THEN
            PERFORM scim.import_reject(of_org, of_run, line, resource_type, subject, one.reason, sentence);
        END IF;
        IF one.action = 'refused' OR told < tell AND one.action <> 'same' THEN
            told := told + 1;
            changes := CASE WHEN one.resource_type = 'Group' THEN one.resource
                            WHEN one.before IS NOT NULL THEN scim.import_changes(one.before, one.resource) END;
            RETURN NEXT;
        END IF;
    END LOOP;
    line := NULL;
    action := CASE WHEN finished THEN 'finished' ELSE 'counts' END;
    subject := piece;
    changes := scim.import_count(of_org, of_run, number);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION scim.import_next(text, uuid, bigint) IS
    'The next piece of what comes after the people; rows as of scim.import_batch, the last with the counts of the run, and of what this was a piece. The action finished in the last one: that was all. None: the run is no longer there, or another session has begun one.';

CREATE OR REPLACE FUNCTION scim.import_deactivate(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, subject text, sentence text, changes jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    total jsonb := (SELECT counts FROM scim.import_runs WHERE org = of_org AND id = of_run);
    gone uuid[];
    one record;
BEGIN
    SELECT array_agg(missing.id ORDER BY missing.id) INTO gone
      FROM scim.import_missing(of_org, of_run) AS missing WHERE NOT missing.protected;
    action := CASE WHEN coalesce((total ->> 'refused')::bigint, 0) > 0 THEN 'rejected'
                   WHEN cardinality(gone) > most THEN 'too_many' END;
    changes := to_jsonb(coalesce(cardinality(gone), 0));
    IF action IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    resource_type := 'User';
    PERFORM scim.lock_groups_of(of_org, id) FROM unnest(gone) AS id
      WHERE (SELECT on_deactivate FROM scim.organization_settings WHERE org = of_org) = 'remove';
    PERFORM FROM scim.users AS person WHERE person.org = of_org AND person.id = ANY (gone) ORDER BY person.id FOR NO KEY UPDATE;
    FOR one IN
        WITH changed AS (
            UPDATE scim.users AS person
               SET resource = person.resource || '{"active": false}'
             WHERE person.org = of_org AND person.id = ANY (gone) AND person.active AND NOT person.protected
            RETURNING person AS person
        )
        SELECT changed.person, count(scim.log_person(changed.person, 'deactivate', 200)::text) AS logged
          FROM changed
         GROUP BY changed.person
    LOOP
        action := 'deactivate';
        subject := (one.person).user_name;
        changes := NULL;
        RETURN NEXT;
    END LOOP;
    FOR one IN SELECT missing.user_name FROM scim.import_missing(of_org, of_run) AS missing WHERE missing.protected LOOP
        action := 'protected';
        subject := one.user_name;
        changes := NULL;
        RETURN NEXT;
    END LOOP;
    subject := NULL;
    action := 'counts';
    changes := scim.import_count(of_org, of_run,
        jsonb_build_object('User.deactivate', coalesce(cardinality(gone), 0)));
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION scim.import_deactivate(text, uuid, bigint) IS
    'Deactivates everybody who is not among the records of a run, but protected people; nobody if that were more than most, or if a record was rejected: it could be one of them.';

CREATE OR REPLACE FUNCTION scim.import_end(of_org text, of_run uuid) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing CONSTANT bigint := (SELECT count(*) FROM scim.import_missing(of_org, of_run));
BEGIN
    DELETE FROM scim.import_matches AS done WHERE done.org = of_org AND done.run = of_run;
    UPDATE scim.import_runs AS run SET state = 'done', last_batch = clock_timestamp()
     WHERE run.org = of_org AND run.id = of_run;
    PERFORM pg_advisory_unlock_all();
    RETURN missing;
END
$$;
COMMENT ON FUNCTION scim.import_end(text, uuid) IS
    'Ends a run; how many active people were not among its records.';

COMMENT ON COLUMN scim.import_runs.options IS
    'How it is read and matched: format, match, maps; and by what its people name managers (named_by: reference, external_id, user_name), which the first batch shows.';

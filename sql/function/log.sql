-- The request log: one row for each write, in the transaction of the write.
-- Refusals are written by the responder after the transaction was rolled back.

SET LOCAL client_min_messages = warning;

-- The responder says SET LOCAL scim.request = a JSON object of id, token,
-- address, agent, method, route and milliseconds; a call of the API in SQL says
-- an empty object (call.sql); plain SQL says nothing.
CREATE OR REPLACE FUNCTION scim.request() RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT nullif(pg_catalog.current_setting('scim.request', true), '')::pg_catalog.jsonb
$$;
COMMENT ON FUNCTION scim.request() IS
    'The SCIM request that the transaction serves: id, token, address, agent, method, route, milliseconds; an empty object in a call of the API in SQL; NULL in plain SQL.';

-- An index entry has its limit, and folding can make a name longer.
CREATE OR REPLACE FUNCTION scim.log_key(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN pg_catalog.octet_length($1) <= 256 OR pg_catalog.octet_length(scim.fold($1)) <= 1024
                THEN scim.fold($1)
                ELSE pg_catalog.left(scim.fold($1), 255) END
$$;
COMMENT ON FUNCTION scim.log_key(text) IS
    'A name as request_log finds it: folded by scim.fold; beyond 1,024 bytes its first 255 characters.';

CREATE OR REPLACE FUNCTION scim.reach_milestone(org text, step text, evidence jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Nearly always it is there already, and that is cheaper to find out by reading.
    IF NOT EXISTS (SELECT FROM scim.milestones AS reached
                    WHERE reached.org = reach_milestone.org AND reached.step = reach_milestone.step) THEN
        INSERT INTO scim.milestones (org, step, evidence) VALUES (org, step, jsonb_strip_nulls(evidence))
            ON CONFLICT ON CONSTRAINT milestones_pkey DO NOTHING;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.reach_milestone(text, text, jsonb) IS
    'Notes that something happened for the first time in the connection of an organization.';

CREATE OR REPLACE FUNCTION scim.tokens_milestone() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM scim.reach_milestone(NEW.org, 'token_created', jsonb_build_object('token', NEW.id, 'label', NEW.label));
    ELSE
        PERFORM scim.reach_milestone(NEW.org, step, jsonb_build_object('token', NEW.id, 'address', NEW.last_used_address,
                'agent', NEW.last_used_agent, 'request', scim.request() ->> 'id'))
           FROM unnest('{first_call,token_check}'::text[]) AS step;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.tokens_milestone() IS 'Milestones that the making and the use of a token reach.';

DROP TRIGGER IF EXISTS tokens_created_milestone ON scim.tokens;
CREATE TRIGGER tokens_created_milestone
    AFTER INSERT ON scim.tokens
    FOR EACH ROW EXECUTE FUNCTION scim.tokens_milestone();
COMMENT ON TRIGGER tokens_created_milestone ON scim.tokens IS 'The connection begins with a token.';

DROP TRIGGER IF EXISTS tokens_used_milestone ON scim.tokens;
CREATE TRIGGER tokens_used_milestone
    AFTER UPDATE ON scim.tokens
    FOR EACH ROW WHEN (OLD.last_used IS NULL AND NEW.last_used IS NOT NULL)
    EXECUTE FUNCTION scim.tokens_milestone();
COMMENT ON TRIGGER tokens_used_milestone ON scim.tokens IS 'The first call with a good token.';

-- A commit that notifies waits for every other one that does: here at most
-- eight do at a time. Whose row is told of by none of them is found when the
-- watcher looks again (every 5 s).
CREATE OR REPLACE FUNCTION scim.wake_watchers(org text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM scim.watchers AS watcher
                WHERE watcher.org IN (wake_watchers.org, '*') AND watcher.until > now())
       AND pg_try_advisory_xact_lock(1937008996, pg_backend_pid() % 8) THEN
        PERFORM pg_notify('scimlet_log', '');
    END IF;
END
$$;
COMMENT ON FUNCTION scim.wake_watchers(text) IS
    'Has those in scim.watchers look at the log of an organization as soon as the transaction commits: NOTIFY scimlet_log.';

CREATE OR REPLACE FUNCTION scim.log_done(org text, action text, resource_type text, resource_id uuid,
        subject text, email text, external_id text, status integer,
        reason text DEFAULT NULL, arguments text[] DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request CONSTANT jsonb := scim.request();
    step CONSTANT text := CASE WHEN resource_type = 'Group' THEN CASE action WHEN 'create' THEN 'first_group' END
                               WHEN action IN ('create', 'revive') THEN 'first_person'
                               WHEN action IN ('update', 'reactivate') THEN 'first_update'
                               WHEN action IN ('deactivate', 'delete') THEN 'first_deactivation' END;
    -- Folding is the dearest part of a row: once a name.
    name_key CONSTANT text := scim.log_key(subject);
    mail_key CONSTANT text := CASE WHEN email IS DISTINCT FROM subject THEN nullif(scim.log_key(email), name_key) END;
BEGIN
    -- Not by SQL: milestones are those of the identity provider.
    IF request ? 'token' AND step IS NOT NULL THEN
        PERFORM scim.reach_milestone(org, step, jsonb_build_object('request', request -> 'id',
            'resource', resource_id, 'name', subject, 'address', request -> 'address'));
    END IF;
    INSERT INTO scim.request_log (org, request_id, token_id, address, agent, method, route, action,
            resource_type, resource_id, subject, subject_key, email_key, external_id,
            result, status, reason, arguments, sentence, duration_ms)
    VALUES (org, coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()),
            (request ->> 'token')::uuid,
            coalesce(request ->> 'address', host(inet_client_addr())),
            coalesce(request ->> 'agent', current_setting('application_name')),
            request ->> 'method', request ->> 'route', action,
            resource_type, resource_id, subject, name_key, mail_key, nullif(external_id, subject),
            CASE WHEN status >= 400 THEN 'refused' WHEN reason = 'group.not_synced' THEN 'ignored' ELSE 'done' END,
            status, reason, arguments, CASE WHEN reason IS NOT NULL THEN scim.sentence(reason, arguments) END,
            coalesce((request ->> 'milliseconds')::real, 0)
                + extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000);
    -- Nearly always there is none: to find that out must cost next to nothing.
    IF EXISTS (SELECT FROM scim.watchers) THEN
        PERFORM scim.wake_watchers(org);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.log_done(text, text, text, uuid, text, text, text, integer, text, text[]) IS
    'Writes the row of request_log for a write that was done, or for a refusal that is an answer (a login: status 403); reason and arguments only where there is something to say.';

CREATE OR REPLACE FUNCTION scim.log_refused(org text, action text, resource_type text, resource_id uuid,
        subject text, email text, external_id text, status integer, scim_type text, reason text,
        arguments text[], sentence text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request CONSTANT jsonb := scim.request();
    whom CONSTANT text := coalesce(subject,
        (SELECT person.user_name FROM scim.users AS person
          WHERE person.org = log_refused.org AND person.id = resource_id AND resource_type = 'User'),
        (SELECT team.display_name FROM scim.groups AS team
          WHERE team.org = log_refused.org AND team.id = resource_id AND resource_type = 'Group'));
BEGIN
    INSERT INTO scim.request_log (org, request_id, token_id, address, agent, method, route, action,
            resource_type, resource_id, subject, subject_key, email_key, external_id,
            result, status, scim_type, reason, arguments, sentence, duration_ms)
    VALUES (org, coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()), (request ->> 'token')::uuid,
            coalesce(request ->> 'address', host(inet_client_addr())),
            coalesce(request ->> 'agent', current_setting('application_name')),
            request ->> 'method', request ->> 'route', action,
            resource_type, resource_id, whom, scim.log_key(whom),
            nullif(scim.log_key(email), scim.log_key(whom)), nullif(external_id, whom),
            CASE WHEN status >= 500 THEN 'failed' ELSE 'refused' END, status, scim_type, reason, arguments, sentence,
            coalesce((request ->> 'milliseconds')::real, 0)
                + extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000);
    IF EXISTS (SELECT FROM scim.watchers) THEN
        PERFORM scim.wake_watchers(org);
    END IF;
    IF reason = 'guard.stopped' THEN
        INSERT INTO scim.guards AS guard (org, stopped, refused)
        VALUES (log_refused.org, clock_timestamp(), 1)
            ON CONFLICT ON CONSTRAINT guards_pkey DO UPDATE
           SET stopped = coalesce(guard.stopped, excluded.stopped), refused = guard.refused + 1;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.log_refused(text, text, text, uuid, text, text, text, integer, text, text, text[], text) IS
    'Writes the row of request_log for what the responder, or the API in SQL, refused or failed to do; counts what the guard stopped. subject NULL: the stored name of the resource.';

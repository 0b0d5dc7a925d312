-- The request log: one row for each write, in the transaction of the write.
-- Refusals are written by the responder after the transaction was rolled back.

SET LOCAL client_min_messages = warning;

-- The responder says SET LOCAL scim.request = a JSON object of id, token,
-- address, agent, method, route and milliseconds; other sessions say nothing.
CREATE OR REPLACE FUNCTION scim.request() RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT nullif(pg_catalog.current_setting('scim.request', true), '')::pg_catalog.jsonb
$$;
COMMENT ON FUNCTION scim.request() IS
    'The SCIM request that the transaction serves: id, token, address, agent, method, route, milliseconds; NULL in other sessions.';

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

CREATE OR REPLACE FUNCTION scim.log_done(org text, action text, resource_type text, resource_id uuid,
        subject text, email text, external_id text, status integer,
        reason text DEFAULT NULL, arguments text[] DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request CONSTANT jsonb := scim.request();
BEGIN
    INSERT INTO scim.request_log (org, request_id, token_id, address, agent, method, route, action,
            resource_type, resource_id, subject, subject_key, email_key, external_id,
            result, status, reason, arguments, sentence, duration_ms)
    VALUES (org, coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()),
            (request ->> 'token')::uuid,
            coalesce(request ->> 'address', host(inet_client_addr())),
            coalesce(request ->> 'agent', current_setting('application_name')),
            request ->> 'method', request ->> 'route', action,
            resource_type, resource_id, subject, scim.log_key(subject),
            nullif(scim.log_key(email), scim.log_key(subject)), nullif(external_id, subject),
            CASE WHEN status >= 400 THEN 'refused' WHEN reason = 'group.not_synced' THEN 'ignored' ELSE 'done' END,
            status, reason, arguments, CASE WHEN reason IS NOT NULL THEN scim.sentence(reason, arguments) END,
            coalesce((request ->> 'milliseconds')::real, 0)
                + extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000);
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
    VALUES (org, request ->> 'id', (request ->> 'token')::uuid, request ->> 'address', request ->> 'agent',
            request ->> 'method', request ->> 'route', action,
            resource_type, resource_id, whom, scim.log_key(whom),
            nullif(scim.log_key(email), scim.log_key(whom)), nullif(external_id, whom),
            CASE WHEN status >= 500 THEN 'failed' ELSE 'refused' END, status, scim_type, reason, arguments, sentence,
            (request ->> 'milliseconds')::real
                + extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000);
    IF reason = 'guard.stopped' THEN
        INSERT INTO scim.guards AS guard (org, stopped, refused)
        VALUES (log_refused.org, clock_timestamp(), 1)
            ON CONFLICT ON CONSTRAINT guards_pkey DO UPDATE
           SET stopped = coalesce(guard.stopped, excluded.stopped), refused = guard.refused + 1;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.log_refused(text, text, text, uuid, text, text, text, integer, text, text, text[], text) IS
    'Writes the row of request_log for what the responder refused or failed to do; counts what the guard stopped. subject NULL: the stored name of the resource.';

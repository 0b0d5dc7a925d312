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
            result, status, reason, arguments, duration_ms)
    VALUES (org, coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()),
            (request ->> 'token')::uuid,
            coalesce(request ->> 'address', host(inet_client_addr())),
            coalesce(request ->> 'agent', current_setting('application_name')),
            request ->> 'method', request ->> 'route', action,
            resource_type, resource_id, subject, scim.fold(subject),
            nullif(scim.fold(email), scim.fold(subject)), nullif(external_id, subject),
            CASE WHEN reason = 'group.not_synced' THEN 'ignored' ELSE 'done' END, status, reason, arguments,
            coalesce((request ->> 'milliseconds')::real, 0)
                + extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000);
END
$$;
COMMENT ON FUNCTION scim.log_done(text, text, text, uuid, text, text, text, integer, text, text[]) IS
    'Writes the row of request_log for a write that was done; reason and arguments only where there is something to say.';

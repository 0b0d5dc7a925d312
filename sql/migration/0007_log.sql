-- 0007 log: what was asked and what became of it (request_log), what changed
-- (audit_events), who was looked for, who was turned away, and how far the
-- connection to the identity provider has come.

CREATE TABLE scim.reasons (
    code      text    COLLATE "C" NOT NULL,
    status    integer NOT NULL,
    scim_type text,
    title     text    NOT NULL,
    sentence  text    NOT NULL,
    okta      text    NOT NULL,
    entra     text    NOT NULL,
    other     text    NOT NULL,

    CONSTRAINT reasons_pkey PRIMARY KEY (code)
);
COMMENT ON TABLE scim.reasons IS
    'Every reason that a request can be refused for, and what to do about it. Written by `scimlet init` and `scimlet migrate` from the catalogue in the program.';
COMMENT ON COLUMN scim.reasons.code      IS 'As in request_log.reason: stable.';
COMMENT ON COLUMN scim.reasons.status    IS 'The HTTP status.';
COMMENT ON COLUMN scim.reasons.scim_type IS 'The scimType of RFC 7644 table 9, if there is one.';
COMMENT ON COLUMN scim.reasons.title     IS 'A few words.';
COMMENT ON COLUMN scim.reasons.sentence  IS 'The detail of the SCIM error; {0} {1} {2} stand for request_log.arguments.';
COMMENT ON COLUMN scim.reasons.okta      IS 'What to do where the identity provider is Okta.';
COMMENT ON COLUMN scim.reasons.entra     IS 'What to do where it is Microsoft Entra ID.';
COMMENT ON COLUMN scim.reasons.other     IS 'What to do elsewhere.';
COMMENT ON CONSTRAINT reasons_pkey ON scim.reasons IS 'A reason is known by its code.';

CREATE TABLE scim.request_log (
    org           text           COLLATE "C" NOT NULL,
    at            timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    request_id    text           COLLATE "C" NOT NULL,
    token_id      uuid,
    actor         text           NOT NULL DEFAULT session_user,
    address       text,
    agent         text,
    method        text           COLLATE "C",
    route         text           COLLATE "C",
    action        text           COLLATE "C" NOT NULL,
    resource_type text           COLLATE "C",
    resource_id   uuid,
    subject       text           COLLATE "C",
    subject_key   text           COLLATE "C",
    email_key     text           COLLATE "C",
    external_id   text           COLLATE "C",
    result        text           COLLATE "C" NOT NULL,
    status        integer        NOT NULL,
    scim_type     text           COLLATE "C",
    reason        text           COLLATE "C",
    arguments     text[],
    sentence      text,
    duration_ms   real
) PARTITION BY RANGE (at);
COMMENT ON TABLE scim.request_log IS
    'One row for each write and each refusal: who asked for what, and what became of it. Never a token, a password or a body. A partition a month.';
COMMENT ON COLUMN scim.request_log.org         IS 'The organization.';
COMMENT ON COLUMN scim.request_log.at          IS 'When.';
COMMENT ON COLUMN scim.request_log.request_id  IS 'X-Request-Id of the answer; the operations of a bulk share it.';
COMMENT ON COLUMN scim.request_log.token_id    IS 'The token that was used; NULL: none of SCIM (SQL, the command line).';
COMMENT ON COLUMN scim.request_log.actor       IS 'The session user of PostgreSQL.';
COMMENT ON COLUMN scim.request_log.address     IS 'The network address of the client.';
COMMENT ON COLUMN scim.request_log.agent       IS 'Its User-Agent, or the application_name of an SQL session.';
COMMENT ON COLUMN scim.request_log.method      IS 'The HTTP method; NULL: SQL.';
COMMENT ON COLUMN scim.request_log.route       IS 'The address without ids, e.g. /Users/{id}.';
COMMENT ON COLUMN scim.request_log.action IS
    'create, update, deactivate, reactivate, delete, revive, login, read or call (what could not be told).';
COMMENT ON COLUMN scim.request_log.resource_type IS 'User or Group.';
COMMENT ON COLUMN scim.request_log.resource_id   IS 'The id, where there is one.';
COMMENT ON COLUMN scim.request_log.subject IS
    'Whom: userName, email, externalId or displayName as sent, or as stored where only the id was sent.';
COMMENT ON COLUMN scim.request_log.subject_key IS 'subject as scim.fold compares it.';
COMMENT ON COLUMN scim.request_log.email_key   IS 'The email as sent, folded, where it is not the subject.';
COMMENT ON COLUMN scim.request_log.external_id IS 'The externalId as sent, where it is not the subject.';
COMMENT ON COLUMN scim.request_log.result IS
    'done, refused, ignored (stored, but without effect yet, e.g. a hidden group) or failed (our side).';
COMMENT ON COLUMN scim.request_log.status      IS 'The HTTP status.';
COMMENT ON COLUMN scim.request_log.scim_type   IS 'The scimType of the error.';
COMMENT ON COLUMN scim.request_log.reason      IS 'Why: a code of scim.reasons.';
COMMENT ON COLUMN scim.request_log.arguments   IS 'What the sentence of the reason was filled with.';
COMMENT ON COLUMN scim.request_log.sentence    IS 'The reason in plain words, as the caller got it.';
COMMENT ON COLUMN scim.request_log.duration_ms IS 'Milliseconds from the start of the request to this row.';

CREATE INDEX request_log_at_idx ON scim.request_log (org, at);
CREATE INDEX request_log_subject_idx ON scim.request_log (org, subject_key, at) WHERE subject_key IS NOT NULL;
CREATE INDEX request_log_email_idx ON scim.request_log (org, email_key, at) WHERE email_key IS NOT NULL;
CREATE INDEX request_log_external_id_idx ON scim.request_log (org, external_id, at)
    WHERE external_id IS NOT NULL AND result <> 'done';
COMMENT ON INDEX scim.request_log_at_idx          IS 'The log of an organization, and its last rows.';
COMMENT ON INDEX scim.request_log_subject_idx     IS 'What was asked about somebody.';
COMMENT ON INDEX scim.request_log_email_idx       IS 'The same by email.';
COMMENT ON INDEX scim.request_log_external_id_idx IS 'The same by externalId, of those who did not come in.';

CREATE SEQUENCE scim.audit_events_seq;
COMMENT ON SEQUENCE scim.audit_events_seq IS 'The order of audit_events; rolled back changes leave gaps.';
CREATE TABLE scim.audit_events (
    org           text        COLLATE "C" NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    seq           bigint      NOT NULL DEFAULT nextval('scim.audit_events_seq'),
    transaction   xid8        NOT NULL DEFAULT pg_current_xact_id(),
    token_id      uuid,
    actor         text        NOT NULL DEFAULT session_user,
    application   text,
    address       text,
    request_id    text        COLLATE "C",
    action        text        COLLATE "C" NOT NULL,
    resource_type text        COLLATE "C" NOT NULL,
    resource_id   uuid,
    name          text        COLLATE "C",
    before        jsonb,
    after         jsonb,
    members       uuid[]
) PARTITION BY RANGE (at);
COMMENT ON TABLE scim.audit_events IS
    'What changed, by whom, from what to what: by SCIM, by the command line or by SQL. Written by triggers in the same transaction. A partition a month.';
COMMENT ON COLUMN scim.audit_events.org         IS 'The organization.';
COMMENT ON COLUMN scim.audit_events.at          IS 'When.';
COMMENT ON COLUMN scim.audit_events.seq         IS 'The order.';
COMMENT ON COLUMN scim.audit_events.transaction IS 'What was changed together.';
COMMENT ON COLUMN scim.audit_events.token_id    IS 'The token, if it was SCIM.';
COMMENT ON COLUMN scim.audit_events.actor       IS 'The session user of PostgreSQL.';
COMMENT ON COLUMN scim.audit_events.application IS 'Its application_name.';
COMMENT ON COLUMN scim.audit_events.address     IS 'The network address of the SCIM client, or of the SQL session.';
COMMENT ON COLUMN scim.audit_events.request_id  IS 'As in request_log, if it was SCIM.';
COMMENT ON COLUMN scim.audit_events.action IS
    'created, updated, deactivated, reactivated, linked, unlinked, deleted, members_added, members_removed; of an organization or token: created, updated, revoked, deleted.';
COMMENT ON COLUMN scim.audit_events.resource_type IS 'User, Group, Organization, Token or Mapping.';
COMMENT ON COLUMN scim.audit_events.resource_id   IS 'The id of the person, group or token.';
COMMENT ON COLUMN scim.audit_events.name          IS 'userName, displayName or label at the time.';
COMMENT ON COLUMN scim.audit_events.before        IS 'What it was; NULL: it was not there.';
COMMENT ON COLUMN scim.audit_events.after         IS 'What it became; NULL: it is gone.';
COMMENT ON COLUMN scim.audit_events.members       IS 'The ids of the members that came or went.';
CREATE INDEX audit_events_at_idx ON scim.audit_events (org, at);
CREATE INDEX audit_events_resource_idx ON scim.audit_events (org, resource_id, at);
CREATE INDEX audit_events_removal_idx ON scim.audit_events (org, at)
    WHERE action IN ('deactivated', 'deleted') AND resource_type = 'User' AND token_id IS NOT NULL;
CREATE INDEX audit_events_deleted_idx ON scim.audit_events (org, (scim.fold(name)), at)
    WHERE action = 'deleted' AND resource_type = 'User';
COMMENT ON INDEX scim.audit_events_at_idx       IS 'What changed since a time.';
COMMENT ON INDEX scim.audit_events_resource_idx IS 'The history of a person or group.';
COMMENT ON INDEX scim.audit_events_removal_idx  IS 'Counts what the guard counts.';
COMMENT ON INDEX scim.audit_events_deleted_idx  IS 'Finds who is no longer here.';

-- A partition has no policies of its own: who reads it directly sees nothing.
CREATE FUNCTION scim.make_partition(parent text, month date) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    partition CONSTANT text := parent || coalesce(to_char(month, '"_"YYYY"_"MM'), '_other');
BEGIN
    IF to_regclass(format('scim.%I', partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF month IS NULL THEN
        EXECUTE format('CREATE TABLE scim.%I PARTITION OF scim.%I DEFAULT', partition, parent);
    ELSE
        EXECUTE format('CREATE TABLE scim.%I PARTITION OF scim.%I FOR VALUES FROM (%L) TO (%L)', partition, parent,
            to_char(month, 'YYYY-MM-DD 00:00:00+00'), to_char(month + interval '1 month', 'YYYY-MM-DD 00:00:00+00'));
    END IF;
    EXECUTE format('ALTER TABLE scim.%I ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('ALTER TABLE scim.%I FORCE ROW LEVEL SECURITY', partition);
    EXECUTE format('COMMENT ON TABLE scim.%I IS %L', partition, CASE WHEN month IS NULL
        THEN 'Rows of scim.' || parent || ' of months that have no partition.'
        ELSE 'Rows of scim.' || parent || ' of ' || to_char(month, 'YYYY-MM') || ' (UTC).' END);
    RETURN true;
END
$$;
COMMENT ON FUNCTION scim.make_partition(text, date) IS
    'Makes the partition of request_log or audit_events for the month that begins then (NULL: for all others); false: it is there.';

SELECT scim.make_partition(parent, month::date)
  FROM unnest('{request_log,audit_events}'::text[]) AS parent,
       generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                       date_trunc('month', now() AT TIME ZONE 'UTC') + interval '6 months', '1 month') AS month;
SELECT scim.make_partition(parent, NULL) FROM unnest('{request_log,audit_events}'::text[]) AS parent;

CREATE TABLE scim.lookups (
    org         text           COLLATE "C" NOT NULL,
    subject_key text           COLLATE "C" NOT NULL,
    day         date           NOT NULL,
    attribute   text           NOT NULL,
    number      bigint         NOT NULL DEFAULT 1,
    first_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    last_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    agent       text,

    CONSTRAINT lookups_pkey PRIMARY KEY (org, subject_key, day),
    CONSTRAINT lookups_org_fkey FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX lookups_last_at_idx ON scim.lookups (org, last_at);
COMMENT ON TABLE scim.lookups IS
    'Whom the identity provider looked for by eq and did not find: one row per person and day.';
COMMENT ON COLUMN scim.lookups.org         IS 'The organization.';
COMMENT ON COLUMN scim.lookups.subject_key IS 'The value that was looked for, as scim.fold compares it.';
COMMENT ON COLUMN scim.lookups.day         IS 'The day (UTC).';
COMMENT ON COLUMN scim.lookups.attribute   IS 'The attribute of the last lookup: userName, externalId, emails ...';
COMMENT ON COLUMN scim.lookups.number      IS 'How often on that day.';
COMMENT ON COLUMN scim.lookups.first_at    IS 'The first time on that day.';
COMMENT ON COLUMN scim.lookups.last_at     IS 'The last time on that day.';
COMMENT ON COLUMN scim.lookups.agent       IS 'The User-Agent of the last lookup.';
COMMENT ON CONSTRAINT lookups_pkey ON scim.lookups IS 'One row per person and day.';
COMMENT ON CONSTRAINT lookups_org_fkey ON scim.lookups IS 'Lookups go with their organization.';
COMMENT ON INDEX scim.lookups_last_at_idx IS 'What was looked for lately, and what is old enough to be pruned.';

CREATE TABLE scim.refused_callers (
    org      text           COLLATE "C" NOT NULL,
    hour     timestamptz    NOT NULL,
    address  text           COLLATE "C" NOT NULL,
    reason   text           COLLATE "C" NOT NULL,
    number   bigint         NOT NULL DEFAULT 1,
    last_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    token_id uuid,
    agent    text,

    CONSTRAINT refused_callers_pkey PRIMARY KEY (org, hour, address, reason),
    CONSTRAINT refused_callers_org_fkey FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE
) WITH (fillfactor = 70);
COMMENT ON TABLE scim.refused_callers IS
    'Calls without a good token (401) to the address of an organization: one row per client, hour and reason, at most 100 an hour.';
COMMENT ON COLUMN scim.refused_callers.org      IS 'The organization in the address.';
COMMENT ON COLUMN scim.refused_callers.hour     IS 'The hour.';
COMMENT ON COLUMN scim.refused_callers.address  IS 'The network address of the client.';
COMMENT ON COLUMN scim.refused_callers.reason   IS 'A code of scim.reasons: auth.missing, auth.unknown ...';
COMMENT ON COLUMN scim.refused_callers.number   IS 'How often, as far as it was noted: a flood is not.';
COMMENT ON COLUMN scim.refused_callers.last_at  IS 'The last time.';
COMMENT ON COLUMN scim.refused_callers.token_id IS 'The revoked or expired token.';
COMMENT ON COLUMN scim.refused_callers.agent    IS 'The User-Agent of the last one.';
COMMENT ON CONSTRAINT refused_callers_pkey ON scim.refused_callers IS 'One row per client, hour and reason.';
COMMENT ON CONSTRAINT refused_callers_org_fkey ON scim.refused_callers IS 'They go with the organization.';

CREATE TABLE scim.milestones (
    org      text           COLLATE "C" NOT NULL,
    step     text           COLLATE "C" NOT NULL,
    at       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    evidence jsonb          NOT NULL DEFAULT '{}',

    CONSTRAINT milestones_pkey PRIMARY KEY (org, step),
    CONSTRAINT milestones_org_fkey FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE,
    CONSTRAINT milestones_step_check CHECK (step IN ('token_created', 'first_call', 'token_check',
        'test_connection', 'first_person', 'first_update', 'first_group', 'first_deactivation'))
);
COMMENT ON TABLE scim.milestones IS 'How far the connection to the identity provider has come: what happened for the first time.';
COMMENT ON COLUMN scim.milestones.org      IS 'The organization.';
COMMENT ON COLUMN scim.milestones.step     IS 'What happened.';
COMMENT ON COLUMN scim.milestones.at       IS 'When, for the first time.';
COMMENT ON COLUMN scim.milestones.evidence IS 'What tells: the request, the person, the address.';
COMMENT ON CONSTRAINT milestones_pkey ON scim.milestones IS 'Only the first time counts.';
COMMENT ON CONSTRAINT milestones_org_fkey ON scim.milestones IS 'Milestones go with their organization.';
COMMENT ON CONSTRAINT milestones_step_check ON scim.milestones IS 'The steps that there are words for.';

CREATE TABLE scim.guards (
    org            text           COLLATE "C" NOT NULL,
    stopped        timestamptz(3),
    refused        bigint         NOT NULL DEFAULT 0,
    released_until timestamptz(3),
    released_by    text,

    CONSTRAINT guards_pkey PRIMARY KEY (org),
    CONSTRAINT guards_org_fkey FOREIGN KEY (org) REFERENCES scim.organizations (org) ON DELETE CASCADE
);
COMMENT ON TABLE scim.guards IS 'The guard against mass removal, where it ever stopped an identity provider.';
COMMENT ON COLUMN scim.guards.org            IS 'The organization.';
COMMENT ON COLUMN scim.guards.stopped        IS 'Since when removals are being refused; NULL: released, nothing needs attention.';
COMMENT ON COLUMN scim.guards.refused        IS 'How many removals were refused since then.';
COMMENT ON COLUMN scim.guards.released_until IS 'Until then removals pass whatever their number (`scimlet guard release`).';
COMMENT ON COLUMN scim.guards.released_by    IS 'Who released it.';
COMMENT ON CONSTRAINT guards_pkey ON scim.guards IS 'One guard per organization.';
COMMENT ON CONSTRAINT guards_org_fkey ON scim.guards IS 'It goes with the organization.';

ALTER TABLE scim.request_log     ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.request_log     FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.audit_events    ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.audit_events    FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.lookups         ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.lookups         FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.refused_callers ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.refused_callers FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.milestones      ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.milestones      FORCE  ROW LEVEL SECURITY;
ALTER TABLE scim.guards          ENABLE ROW LEVEL SECURITY;
ALTER TABLE scim.guards          FORCE  ROW LEVEL SECURITY;
CREATE POLICY organization ON scim.request_log
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.audit_events
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.lookups
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.refused_callers
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.milestones
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
CREATE POLICY organization ON scim.guards
    USING (org = current_setting('scim.org')) WITH CHECK (org = current_setting('scim.org'));
COMMENT ON POLICY organization ON scim.request_log IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.audit_events IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.lookups IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.refused_callers IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.milestones IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';
COMMENT ON POLICY organization ON scim.guards IS
    'Only the organization that the transaction named with SET LOCAL scim.org.';

INSERT INTO scim.schema_version (version, name) VALUES (7, 'log');

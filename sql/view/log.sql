-- log, rejections, activity_by_hour: scim.request_log as people read it.

CREATE OR REPLACE VIEW scim.log AS
SELECT log.org, log.at, log.result, log.action, log.subject, log.status, log.reason, log.sentence,
       coalesce('token ' || token.label || ' ...' || token.last_four, 'token ' || log.token_id,
                log.actor || ' (' || coalesce(nullif(log.agent, ''), 'SQL') || ')') AS who,
       log.resource_type, log.resource_id, log.external_id, log.method, log.route, log.scim_type,
       log.address, log.agent, log.duration_ms, log.request_id, log.token_id, log.subject_key
  FROM scim.request_log AS log
  LEFT JOIN scim.tokens AS token ON token.org = log.org AND token.id = log.token_id;
COMMENT ON VIEW scim.log IS
    'Each write and each refusal: who asked for what, about whom, and what became of it. What exactly a write changed stands in scim.audit, with the same request_id.';
COMMENT ON COLUMN scim.log.org           IS 'The organization.';
COMMENT ON COLUMN scim.log.at            IS 'When.';
COMMENT ON COLUMN scim.log.result        IS 'done, refused, ignored (stored, but without effect yet, e.g. a hidden group) or failed (our side).';
COMMENT ON COLUMN scim.log.action        IS 'create, update, deactivate, reactivate, delete, revive, login, read or call (what could not be told).';
COMMENT ON COLUMN scim.log.subject       IS 'Whom: userName, email, externalId or displayName as sent, or as stored where only the id was sent.';
COMMENT ON COLUMN scim.log.status        IS 'The HTTP status.';
COMMENT ON COLUMN scim.log.reason        IS 'Why it was not done: a code of scim.reasons.';
COMMENT ON COLUMN scim.log.sentence      IS 'The reason in plain words, as the caller got it.';
COMMENT ON COLUMN scim.log.who           IS 'The token by label and last four characters, or the user of PostgreSQL and the program.';
COMMENT ON COLUMN scim.log.resource_type IS 'User or Group.';
COMMENT ON COLUMN scim.log.resource_id   IS 'The id of the person or group, where there is one.';
COMMENT ON COLUMN scim.log.external_id   IS 'The externalId as sent, where it is not the subject.';
COMMENT ON COLUMN scim.log.method        IS 'The HTTP method; NULL: SQL.';
COMMENT ON COLUMN scim.log.route         IS 'The address without ids, e.g. /Users/{id}.';
COMMENT ON COLUMN scim.log.scim_type     IS 'The scimType of the error.';
COMMENT ON COLUMN scim.log.address       IS 'The network address of the client.';
COMMENT ON COLUMN scim.log.agent         IS 'Its User-Agent, or the application_name of an SQL session.';
COMMENT ON COLUMN scim.log.duration_ms   IS 'Milliseconds from the start of the request to this row.';
COMMENT ON COLUMN scim.log.request_id    IS 'X-Request-Id of the answer; the operations of a bulk share it.';
COMMENT ON COLUMN scim.log.token_id      IS 'The token: token_overview.id; NULL: it was SQL or the command line.';
COMMENT ON COLUMN scim.log.subject_key   IS 'subject as scim.fold compares it; find somebody with subject_key = scim.fold(...).';

-- Whose words to use is found out once for an organization, not for each row.
CREATE OR REPLACE VIEW scim.rejections AS
SELECT organization.org, log.at, log.action, log.subject, log.result, log.status, log.scim_type, log.reason, reason.title, log.sentence,
       replace(CASE provider.idp WHEN 'okta' THEN reason.okta WHEN 'entra' THEN reason.entra ELSE reason.other END,
               'ORG', organization.org) AS what_to_do,
       provider.idp, log.resource_type, log.resource_id, log.external_id, log.method, log.route, log.request_id, log.token_id,
       log.subject_key
  FROM scim.organizations AS organization
 CROSS JOIN LATERAL (SELECT scim.idp_of(organization.org) AS idp OFFSET 0) AS provider
  JOIN scim.request_log AS log ON log.org = organization.org AND log.result IN ('refused', 'failed')
  LEFT JOIN scim.reasons AS reason ON reason.code = log.reason;
COMMENT ON VIEW scim.rejections IS
    'What was not done, why, and what to do about it at the identity provider. Calls without a good token (401) stand in scim.refused_callers.';
COMMENT ON COLUMN scim.rejections.org           IS 'The organization.';
COMMENT ON COLUMN scim.rejections.at            IS 'When.';
COMMENT ON COLUMN scim.rejections.action        IS 'What was wanted: create, update, deactivate, reactivate, delete, revive, login, read or call (what could not be told).';
COMMENT ON COLUMN scim.rejections.subject       IS 'Whom: userName, email, externalId or displayName as sent, or as stored where only the id was sent.';
COMMENT ON COLUMN scim.rejections.result        IS 'refused, or failed (our side).';
COMMENT ON COLUMN scim.rejections.status        IS 'The HTTP status.';
COMMENT ON COLUMN scim.rejections.scim_type     IS 'The scimType of the error.';
COMMENT ON COLUMN scim.rejections.reason        IS 'Why: a code of scim.reasons.';
COMMENT ON COLUMN scim.rejections.title         IS 'The reason in a few words.';
COMMENT ON COLUMN scim.rejections.sentence      IS 'The reason in plain words, as the caller got it.';
COMMENT ON COLUMN scim.rejections.what_to_do    IS 'What helps, in the words of the identity provider.';
COMMENT ON COLUMN scim.rejections.idp           IS 'okta, entra or other: whose words these are.';
COMMENT ON COLUMN scim.rejections.resource_type IS 'User or Group.';
COMMENT ON COLUMN scim.rejections.resource_id   IS 'The id of the person or group, where there is one.';
COMMENT ON COLUMN scim.rejections.external_id   IS 'The externalId as sent, where it is not the subject.';
COMMENT ON COLUMN scim.rejections.method        IS 'The HTTP method; NULL: SQL.';
COMMENT ON COLUMN scim.rejections.route         IS 'The address without ids, e.g. /Users/{id}.';
COMMENT ON COLUMN scim.rejections.request_id    IS 'X-Request-Id of the answer.';
COMMENT ON COLUMN scim.rejections.token_id      IS 'The token: token_overview.id.';
COMMENT ON COLUMN scim.rejections.subject_key   IS 'subject as scim.fold compares it; find somebody with subject_key = scim.fold(...).';

-- Each hour is one range of the index on (org, at): grouping by a computed
-- hour would read the whole log to find the last day of it.
CREATE OR REPLACE VIEW scim.activity_by_hour AS
SELECT organization.org, hours.hour, counted.action, counted.result, counted.number, counted.average_ms
  FROM scim.organizations AS organization
 CROSS JOIN LATERAL (SELECT min(log.at) AS first_at, max(log.at) AS last_at
                       FROM scim.request_log AS log
                      WHERE log.org = organization.org) AS known
 CROSS JOIN LATERAL generate_series(date_trunc('hour', known.first_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC',
                                    known.last_at::timestamptz, interval '1 hour') AS hours (hour)
 CROSS JOIN LATERAL scim.activity_in(organization.org, hours.hour) AS counted;
COMMENT ON VIEW scim.activity_by_hour IS
    'How much was written and refused in each hour, by action and result. With WHERE org = ... AND hour >= ... only those hours are read. Hours without any have no row.';
COMMENT ON COLUMN scim.activity_by_hour.org        IS 'The organization.';
COMMENT ON COLUMN scim.activity_by_hour.hour       IS 'When the hour began; hours of UTC.';
COMMENT ON COLUMN scim.activity_by_hour.action     IS 'As in scim.log.';
COMMENT ON COLUMN scim.activity_by_hour.result     IS 'done, refused, ignored or failed.';
COMMENT ON COLUMN scim.activity_by_hour.number     IS 'How many.';
COMMENT ON COLUMN scim.activity_by_hour.average_ms IS 'How long they took on average, in milliseconds.';

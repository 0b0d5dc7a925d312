-- audit, changes: scim.audit_events as people read them.

CREATE OR REPLACE VIEW scim.audit AS
SELECT event.org, event.at, event.action, event.resource_type, event.resource_id, event.name,
       coalesce((SELECT string_agg(CASE WHEN event.before IS NULL THEN format('%s: %s', changed.attribute, changed.new)
                                        WHEN event.after IS NULL THEN format('%s: %s', changed.attribute, changed.old)
                                        ELSE format('%s: %s -> %s', changed.attribute, coalesce(changed.old, '-'),
                                                 coalesce(changed.new, '-')) END,
                                   '; ' ORDER BY changed.attribute)
                   FROM scim.changed_attributes(event.before, event.after) AS changed),
                cardinality(event.members) || ' members') AS changed,
       coalesce('token ' || token.label || ' ...' || token.last_four, 'token ' || event.token_id,
                event.actor || ' (' || coalesce(nullif(event.application, ''), 'SQL') || ')') AS who,
       event.address, event.request_id, event.token_id, event.transaction, event.seq
  FROM scim.audit_events AS event
  LEFT JOIN scim.tokens AS token ON token.org = event.org AND token.id = event.token_id;
COMMENT ON VIEW scim.audit IS
    'Each change of a person, group, membership, token, mapping or setting, whoever made it: one row each, with what changed in one line. One row per attribute: scim.changes.';
COMMENT ON COLUMN scim.audit.org           IS 'The organization.';
COMMENT ON COLUMN scim.audit.at            IS 'When.';
COMMENT ON COLUMN scim.audit.action        IS
    'created, updated, deactivated, reactivated, linked, unlinked, deleted, members_added, members_removed; of an organization or token: created, updated, revoked, deleted.';
COMMENT ON COLUMN scim.audit.resource_type IS 'User, Group, Organization, Token or Mapping.';
COMMENT ON COLUMN scim.audit.resource_id   IS 'The id of the person, group or token.';
COMMENT ON COLUMN scim.audit.name          IS 'userName, displayName or label at the time.';
COMMENT ON COLUMN scim.audit.changed       IS
    'What changed, as attribute: old -> new, a dash where there was or is none; of what came or went all there was; of members how many.';
COMMENT ON COLUMN scim.audit.who           IS 'The token by label and last four characters, or the user of PostgreSQL and the program.';
COMMENT ON COLUMN scim.audit.address       IS 'The network address of the SCIM client, or of the SQL session.';
COMMENT ON COLUMN scim.audit.request_id    IS 'As in scim.log, if it was SCIM.';
COMMENT ON COLUMN scim.audit.token_id      IS 'The token, if it was SCIM: token_overview.id.';
COMMENT ON COLUMN scim.audit.transaction   IS 'What was changed together has the same.';
COMMENT ON COLUMN scim.audit.seq           IS 'The order of changes; the number of the event in scim.changes.';

CREATE OR REPLACE VIEW scim.changes AS
SELECT event.org, event.at, event.action, event.resource_type, event.resource_id, event.name,
       changed.attribute, changed.old, changed.new, event.request_id, event.token_id, event.seq
  FROM scim.audit_events AS event
 CROSS JOIN LATERAL (
       SELECT attribute.attribute, attribute.old, attribute.new
         FROM scim.changed_attributes(event.before, event.after) AS attribute
       UNION ALL
       SELECT 'members',
              CASE WHEN event.action = 'members_removed' THEN named.name END,
              CASE WHEN event.action = 'members_added' THEN named.name END
         FROM unnest(event.members) AS member (id)
        CROSS JOIN LATERAL (
              SELECT coalesce((SELECT person.user_name FROM scim.users AS person
                                WHERE person.org = event.org AND person.id = member.id),
                              (SELECT team.display_name FROM scim.groups AS team
                                WHERE team.org = event.org AND team.id = member.id),
                              member.id::text) COLLATE "default" AS name) AS named) AS changed;
COMMENT ON VIEW scim.changes IS
    'Each change of an attribute, from what to what: one row per attribute and event of scim.audit, one per member that came or went.';
COMMENT ON COLUMN scim.changes.org           IS 'The organization.';
COMMENT ON COLUMN scim.changes.at            IS 'When.';
COMMENT ON COLUMN scim.changes.action        IS 'As in scim.audit.';
COMMENT ON COLUMN scim.changes.resource_type IS 'User, Group, Organization, Token or Mapping.';
COMMENT ON COLUMN scim.changes.resource_id   IS 'The id of the person, group or token.';
COMMENT ON COLUMN scim.changes.name          IS 'userName, displayName or label at the time.';
COMMENT ON COLUMN scim.changes.attribute     IS
    'What changed: name.givenName, department, emails, active, account ...; of groups display_name and members; of an organization a setting.';
COMMENT ON COLUMN scim.changes.old           IS 'What it was; NULL: it was not there. Lists are JSON; a member is shown by the name it has now, or by its id.';
COMMENT ON COLUMN scim.changes.new           IS 'What it became; NULL: it is gone.';
COMMENT ON COLUMN scim.changes.request_id    IS 'As in scim.log, if it was SCIM.';
COMMENT ON COLUMN scim.changes.token_id      IS 'The token, if it was SCIM: token_overview.id.';
COMMENT ON COLUMN scim.changes.seq           IS 'The event: scim.audit.seq.';

-- What a DBA reads first, in \d+: the words of migrations, made clearer.
--
-- A migration is not edited any more; words may be, here.

COMMENT ON SCHEMA scim IS
    'Scimlet: people and groups provisioned by SCIM 2.0 (RFC 7643, RFC 7644). To read: the views (people, emails, memberships, effective_memberships, log, rejections, audit, changes, settings ...). To write: users, groups, group_members, organization_settings. To call: SELECT name, arguments, what_it_does, example FROM scim.api. man scimlet-sql is the tour.';

COMMENT ON TABLE scim.users IS
    'One row per person (User resource, RFC 7643 4.1). Plain SQL is enough: INSERT (org, user_name), UPDATE the columns or resource (the other follows), active = false to suspend, DELETE. There is no column for emails: write them in resource. Version, times, status, user_emails and audit follow. To read: scim.people, scim.emails.';
COMMENT ON COLUMN scim.users.active IS
    'SCIM active. Set it to false to take somebody''s access away, to true to give it back; status tells what it makes of the person.';
COMMENT ON COLUMN scim.users.removed IS
    'True: deactivated where the organization says on_deactivate = remove: unlinked and out of all groups, kept as a record. Follows active.';
COMMENT ON COLUMN scim.users.status IS
    'What the person is: provisioned (no login yet: no seat), active (one seat), suspended (active is false) or removed. Follows active, account and removed; cannot be written: write active.';
COMMENT ON COLUMN scim.users.user_name IS
    'SCIM userName, as the identity provider wrote it: unique in the organization, upper and lower case being the same.';
COMMENT ON COLUMN scim.users.display_name_key IS
    'display_name as scim.fold compares it; find people with display_name_key = scim.fold(...).';

COMMENT ON TABLE scim.groups IS
    'One row per group (Group resource, RFC 7643 4.2). Plain SQL is enough: INSERT (org, display_name), UPDATE display_name or external_id, DELETE. Its members are rows of scim.group_members. To read: scim.group_overview.';
COMMENT ON TABLE scim.group_members IS
    'One row per direct member of a group (RFC 7643 4.2): INSERT (org, group_id, member_id), for a group in a group with member_type = ''Group'', and DELETE; rows are never updated. To read: scim.memberships, scim.effective_memberships.';
COMMENT ON TABLE scim.organization_settings IS
    'How an organization wants its provisioning: exactly one row per organization, made with it. UPDATE it to change a setting. To read, a row per setting with its default: scim.settings.';
COMMENT ON TABLE scim.tokens IS
    'Bearer tokens (RFC 6750) of identity providers. The token itself is shown once, by `scimlet token create`, and stored nowhere. To read, with whether it still works: scim.token_overview.';
COMMENT ON TABLE scim.request_log IS
    'One row for each write and each refusal: who asked for what, and what became of it. Never a token, a password or a body. A partition a month. To read: scim.log, scim.rejections, scim.activity_by_hour.';
COMMENT ON TABLE scim.audit_events IS
    'What changed, by whom, from what to what: by SCIM, by the command line or by SQL. Written by triggers in the same transaction. A partition a month. To read: scim.audit, scim.changes.';
COMMENT ON COLUMN scim.request_log.actor IS
    'The session user of PostgreSQL: of SCIM the login of the responder; see token_id.';
COMMENT ON COLUMN scim.audit_events.actor IS
    'The session user of PostgreSQL: of SCIM the login of the responder; see token_id.';

COMMENT ON COLUMN scim.audit_events.at IS 'When the change was made: the clock, not the start of the transaction.';
COMMENT ON COLUMN scim.audit_events.seq IS 'The order of changes, also of those of the same moment; has gaps.';
COMMENT ON COLUMN scim.audit_events.transaction IS 'The transaction: what was changed together has the same.';
COMMENT ON COLUMN scim.audit_events.token_id IS 'The token, if it was SCIM: tokens.id; NULL: SQL or the command line.';
COMMENT ON COLUMN scim.audit_events.application IS 'The application_name of the session: psql, scimlet ...';
COMMENT ON COLUMN scim.request_log.at IS 'When the row was written: at the end of the request.';
COMMENT ON COLUMN scim.request_log.resource_type IS 'User or Group: what the request was about; NULL: it could not be told.';
COMMENT ON COLUMN scim.request_log.resource_id IS 'The SCIM id of the person or group; NULL: there is none, as of a POST that was refused.';
COMMENT ON COLUMN scim.reasons.title IS 'The reason in a few words, as a heading.';
COMMENT ON COLUMN scim.reasons.status IS 'The HTTP status that the refusal is answered with.';
COMMENT ON COLUMN scim.refused_callers.hour IS 'When the hour began.';
COMMENT ON COLUMN scim.refused_callers.token_id IS 'The token, where it was one that is revoked or expired: tokens.id.';
COMMENT ON COLUMN scim.milestones.step IS
    'token_created, first_call, token_check, test_connection, first_person, first_update, first_group or first_deactivation.';
COMMENT ON COLUMN scim.guards.released_by IS 'The user of PostgreSQL who released it.';
COMMENT ON COLUMN scim.tokens.created_by IS 'Who made it: a user of PostgreSQL.';
COMMENT ON COLUMN scim.users.linked IS 'When a first login linked the account; NULL: no account is linked.';

COMMENT ON CONSTRAINT organization_settings_seat_limit_check ON scim.organization_settings IS
    'seat_limit is a number of people from 0 on, or NULL: any number.';
COMMENT ON CONSTRAINT organization_settings_guard_per_hour_check ON scim.organization_settings IS
    'guard_per_hour is a number of people from 0 on, or NULL: no guard.';
COMMENT ON CONSTRAINT organization_settings_guard_percent_check ON scim.organization_settings IS
    'guard_percent is from 0 to 100.';
COMMENT ON CONSTRAINT organization_settings_keep_log_check ON scim.organization_settings IS
    'keep_log is from a day to ten years.';
COMMENT ON CONSTRAINT organization_settings_keep_audit_check ON scim.organization_settings IS
    'keep_audit is from a day to ten years.';
COMMENT ON CONSTRAINT organization_settings_keep_deleted_check ON scim.organization_settings IS
    'keep_deleted is from 0 days to ten years.';
COMMENT ON CONSTRAINT organization_settings_email_change_check ON scim.organization_settings IS
    'email_change is allow or reassign.';
COMMENT ON CONSTRAINT organization_settings_on_deactivate_check ON scim.organization_settings IS
    'on_deactivate is suspend or remove.';
COMMENT ON CONSTRAINT organization_settings_on_delete_check ON scim.organization_settings IS
    'on_delete is delete or suspend.';
COMMENT ON CONSTRAINT organization_settings_revive_check ON scim.organization_settings IS
    'revive is external_id, user_name or never.';
COMMENT ON CONSTRAINT organization_settings_seat_policy_check ON scim.organization_settings IS
    'seat_policy is refuse or allow.';
COMMENT ON CONSTRAINT organization_settings_replace_without_target_check ON scim.organization_settings IS
    'replace_without_target is refuse or create.';
COMMENT ON CONSTRAINT organization_settings_sso_protocol_check ON scim.organization_settings IS
    'sso_protocol is saml or oidc, or NULL.';
COMMENT ON CONSTRAINT organization_settings_idp_check ON scim.organization_settings IS
    'idp is detected, okta, entra or other.';
-- The message of a refusal, too (scim.explained).
COMMENT ON CONSTRAINT organization_settings_allowed_domains_check ON scim.organization_settings IS
    'allowed_domains is a list of at most 1,000 domains in lower case, without @ and commas, none of them NULL, like {acme.com,acme.org}; empty: any.';
COMMENT ON CONSTRAINT organization_settings_required_attributes_check ON scim.organization_settings IS
    'required_attributes is a list of at most 50 attributes, none of them NULL, like {name.givenName,emails}; empty: none.';
COMMENT ON CONSTRAINT organization_settings_groups_to_sync_check ON scim.organization_settings IS
    'groups_to_sync is a list of at most 10,000 names of groups, none of them NULL; NULL: all groups.';
COMMENT ON CONSTRAINT organization_settings_keep_log_check ON scim.organization_settings IS
    'keep_log is a number of days from 1 to 3650.';
COMMENT ON CONSTRAINT organization_settings_keep_audit_check ON scim.organization_settings IS
    'keep_audit is a number of days from 1 to 3650.';
COMMENT ON CONSTRAINT organization_settings_keep_deleted_check ON scim.organization_settings IS
    'keep_deleted is a number of days from 0 to 3650.';
COMMENT ON CONSTRAINT organizations_org_check ON scim.organizations IS
    'The key of an organization has 2 to 63 of a-z, 0-9 and -, and does not start with -: addresses and tokens contain it.';
COMMENT ON CONSTRAINT tokens_digest_check ON scim.tokens IS
    'digest is the SHA-256 of the token, 32 bytes; scim.create_token makes both.';
COMMENT ON CONSTRAINT tokens_last_four_check ON scim.tokens IS
    'last_four is the last four characters of the token.';
COMMENT ON CONSTRAINT tokens_scopes_check ON scim.tokens IS
    'scopes is a list of at least one of users, groups, read and login, none of them NULL.';
COMMENT ON CONSTRAINT group_mappings_pattern_check ON scim.group_mappings IS
    'pattern is the name of a group, * and ? standing for any characters: not blank, at most 1,024 bytes.';
COMMENT ON CONSTRAINT group_mappings_target_check ON scim.group_mappings IS
    'A mapping gives a team, a role or both: neither is empty or has more than 1,024 bytes, and one of them is not NULL.';
COMMENT ON CONSTRAINT group_members_member_id_check ON scim.group_members IS
    'A group cannot be a member of itself: member_id is group_id.';
COMMENT ON CONSTRAINT group_members_member_type_check ON scim.group_members IS
    'member_type is User or Group (RFC 7643 8.7.1).';
COMMENT ON CONSTRAINT import_staging_resource_type_check ON scim.import_staging IS
    'resource_type is User or Group.';
COMMENT ON CONSTRAINT milestones_step_check ON scim.milestones IS
    'step is token_created, first_call, token_check, test_connection, first_person, first_update, first_group or first_deactivation.';
COMMENT ON CONSTRAINT users_account_check ON scim.users IS
    'account is not empty and has at most 1,024 bytes; NULL: no account is linked.';
COMMENT ON CONSTRAINT users_login_subject_check ON scim.users IS
    'login_subject is not empty and has at most 1,024 bytes; NULL: there was no login.';
COMMENT ON CONSTRAINT users_removed_check ON scim.users IS
    'Who is removed is not active and has no account: removed follows active, where the organization says on_deactivate = remove.';

COMMENT ON COLUMN scim.import_runs.state IS
    'running: or broken off, to be resumed; done; abandoned: another run began, or only its --deactivate-missing was refused and nobody resumed it.';
COMMENT ON COLUMN scim.organizations.org IS
    'The key: part of addresses and tokens, chosen once. A session of scim_service that names one that is not here (SET scim.org) sees nobody, without an error.';
COMMENT ON COLUMN scim.group_mappings.id IS 'Names the mapping within the organization; left out, it is the next number.';

-- 0005 settings: what an organization allows its identity provider to do.
--
-- A column each, so that a DBA reads and changes them like everything else;
-- the functions of sql/function obey them in the same transaction.

ALTER TABLE scim.organization_settings
    ADD COLUMN create_users        boolean NOT NULL DEFAULT true,
    ADD COLUMN update_users        boolean NOT NULL DEFAULT true,
    ADD COLUMN deactivate_users    boolean NOT NULL DEFAULT true,
    ADD COLUMN delete_users        boolean NOT NULL DEFAULT true,
    ADD COLUMN push_groups         boolean NOT NULL DEFAULT true,
    ADD COLUMN require_sso         boolean NOT NULL DEFAULT false,
    ADD COLUMN sso_protocol        text,
    ADD COLUMN sso_entity_id       text,
    ADD COLUMN sso_sign_on_url     text,
    ADD COLUMN required_attributes text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN allowed_domains     text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN email_change        text    NOT NULL DEFAULT 'allow',
    ADD COLUMN on_deactivate       text    NOT NULL DEFAULT 'suspend',
    ADD COLUMN on_delete           text    NOT NULL DEFAULT 'delete',
    ADD COLUMN keep_deleted        integer NOT NULL DEFAULT 30,
    ADD COLUMN revive              text    NOT NULL DEFAULT 'external_id',
    ADD COLUMN groups_to_sync      text[],
    ADD COLUMN seat_limit          integer,
    ADD COLUMN seat_policy         text    NOT NULL DEFAULT 'refuse',
    ADD COLUMN unique_group_names  boolean NOT NULL DEFAULT true,
    ADD COLUMN guard_per_hour      integer DEFAULT 50,
    ADD COLUMN guard_percent       integer NOT NULL DEFAULT 20,
    ADD COLUMN keep_log            integer NOT NULL DEFAULT 90,
    ADD COLUMN keep_audit          integer NOT NULL DEFAULT 400,
    ADD COLUMN idp                 text    NOT NULL DEFAULT 'detected',

    ADD CONSTRAINT organization_settings_sso_protocol_check
        CHECK (sso_protocol IN ('saml', 'oidc')),
    ADD CONSTRAINT organization_settings_required_attributes_check
        CHECK (array_position(required_attributes, NULL) IS NULL AND cardinality(required_attributes) <= 50),
    ADD CONSTRAINT organization_settings_allowed_domains_check
        CHECK (array_position(allowed_domains, NULL) IS NULL AND cardinality(allowed_domains) <= 1000
               AND array_to_string(allowed_domains, ' ') !~ '[@,[:upper:]]'),
    ADD CONSTRAINT organization_settings_email_change_check
        CHECK (email_change IN ('allow', 'reassign')),
    ADD CONSTRAINT organization_settings_on_deactivate_check
        CHECK (on_deactivate IN ('suspend', 'remove')),
    ADD CONSTRAINT organization_settings_on_delete_check
        CHECK (on_delete IN ('delete', 'suspend')),
    ADD CONSTRAINT organization_settings_keep_deleted_check
        CHECK (keep_deleted BETWEEN 0 AND 3650),
    ADD CONSTRAINT organization_settings_revive_check
        CHECK (revive IN ('external_id', 'user_name', 'never')),
    ADD CONSTRAINT organization_settings_groups_to_sync_check
        CHECK (array_position(groups_to_sync, NULL) IS NULL AND cardinality(groups_to_sync) <= 10000),
    ADD CONSTRAINT organization_settings_seat_limit_check
        CHECK (seat_limit >= 0),
    ADD CONSTRAINT organization_settings_seat_policy_check
        CHECK (seat_policy IN ('refuse', 'allow')),
    ADD CONSTRAINT organization_settings_guard_per_hour_check
        CHECK (guard_per_hour >= 0),
    ADD CONSTRAINT organization_settings_guard_percent_check
        CHECK (guard_percent BETWEEN 0 AND 100),
    ADD CONSTRAINT organization_settings_keep_log_check
        CHECK (keep_log BETWEEN 1 AND 3650),
    ADD CONSTRAINT organization_settings_keep_audit_check
        CHECK (keep_audit BETWEEN 1 AND 3650),
    ADD CONSTRAINT organization_settings_idp_check
        CHECK (idp IN ('detected', 'okta', 'entra', 'other'));

COMMENT ON COLUMN scim.organization_settings.create_users IS
    'False: POST /Users is answered 403, also where it would bring a person back.';
COMMENT ON COLUMN scim.organization_settings.update_users IS
    'False: a change of a person other than of active is answered 403.';
COMMENT ON COLUMN scim.organization_settings.deactivate_users IS
    'False: a change of active, in either direction, is answered 403.';
COMMENT ON COLUMN scim.organization_settings.delete_users IS
    'False: DELETE /Users/{id} is answered 403.';
COMMENT ON COLUMN scim.organization_settings.push_groups IS
    'False: every write to groups is answered 403; reading them still works.';
COMMENT ON COLUMN scim.organization_settings.require_sso IS
    'True: no token can be made before single sign-on is recorded (sso_protocol, sso_entity_id, sso_sign_on_url).';
COMMENT ON COLUMN scim.organization_settings.sso_protocol    IS 'How people sign in: saml or oidc.';
COMMENT ON COLUMN scim.organization_settings.sso_entity_id   IS 'SAML entity id, or OpenID Connect issuer.';
COMMENT ON COLUMN scim.organization_settings.sso_sign_on_url IS 'Where sign-in begins at the identity provider.';
COMMENT ON COLUMN scim.organization_settings.required_attributes IS
    'SCIM attributes that each person must have, e.g. {name.givenName,emails}: 400 invalidValue without.';
COMMENT ON COLUMN scim.organization_settings.allowed_domains IS
    'Domains in lower case that userName (if it is an address) and all emails must belong to; empty: any.';
COMMENT ON COLUMN scim.organization_settings.email_change IS
    'allow, or reassign: a changed primary email is answered 400 mutability; deleted people are kept for keep_deleted days, so that who is created again with the same externalId is the same person.';
COMMENT ON COLUMN scim.organization_settings.on_deactivate IS
    'active = false means: suspend, or remove: unlinked from the account and out of all groups, kept as a record.';
COMMENT ON COLUMN scim.organization_settings.on_delete IS
    'DELETE means: delete, or suspend: moved to scim.deleted_users, hidden from SCIM, purged after keep_deleted days.';
COMMENT ON COLUMN scim.organization_settings.keep_deleted IS
    'For how many days deleted people are kept, where they are kept.';
COMMENT ON COLUMN scim.organization_settings.revive IS
    'Which inactive or kept person a POST brings back, with the same id: the one with the same externalId (external_id), also the one with the same userName (user_name), or none (never).';
COMMENT ON COLUMN scim.organization_settings.groups_to_sync IS
    'Names of groups, * and ? stand for any characters; other groups are stored hidden. NULL: all groups.';
COMMENT ON COLUMN scim.organization_settings.seat_limit IS
    'How many people may be active (scim.users.status) at a time; NULL: any number.';
COMMENT ON COLUMN scim.organization_settings.seat_policy IS
    'A first login over seat_limit: refuse, or allow and report it in scim.attention.';
COMMENT ON COLUMN scim.organization_settings.unique_group_names IS
    'True: a second group of the same displayName is answered 409.';
COMMENT ON COLUMN scim.organization_settings.guard_per_hour IS
    'The guard: more deactivations and deletions within an hour than the larger of this and guard_percent are answered 429. NULL: no guard.';
COMMENT ON COLUMN scim.organization_settings.guard_percent IS
    'The guard as a percentage of the people of the organization; see guard_per_hour.';
COMMENT ON COLUMN scim.organization_settings.keep_log   IS 'Days after which `scimlet prune` removes rows of scim.request_log.';
COMMENT ON COLUMN scim.organization_settings.keep_audit IS 'Days after which `scimlet prune` removes rows of scim.audit_events.';
COMMENT ON COLUMN scim.organization_settings.idp IS
    'The identity provider, for words only: detected (by its User-Agent), okta, entra or other.';
COMMENT ON CONSTRAINT organization_settings_sso_protocol_check ON scim.organization_settings IS 'The two protocols that there are words for.';
COMMENT ON CONSTRAINT organization_settings_required_attributes_check ON scim.organization_settings IS 'At most 50, none of them NULL.';
COMMENT ON CONSTRAINT organization_settings_allowed_domains_check ON scim.organization_settings IS 'Lower case, without @, one domain an element.';
COMMENT ON CONSTRAINT organization_settings_email_change_check ON scim.organization_settings IS 'What the functions know.';
COMMENT ON CONSTRAINT organization_settings_on_deactivate_check ON scim.organization_settings IS 'What the functions know.';
COMMENT ON CONSTRAINT organization_settings_on_delete_check ON scim.organization_settings IS 'What the functions know.';
COMMENT ON CONSTRAINT organization_settings_keep_deleted_check ON scim.organization_settings IS 'Between none and ten years.';
COMMENT ON CONSTRAINT organization_settings_revive_check ON scim.organization_settings IS 'What the functions know.';
COMMENT ON CONSTRAINT organization_settings_groups_to_sync_check ON scim.organization_settings IS 'At most 10,000, none of them NULL.';
COMMENT ON CONSTRAINT organization_settings_seat_limit_check ON scim.organization_settings IS 'A number of people.';
COMMENT ON CONSTRAINT organization_settings_seat_policy_check ON scim.organization_settings IS 'What the functions know.';
COMMENT ON CONSTRAINT organization_settings_guard_per_hour_check ON scim.organization_settings IS 'A number of people.';
COMMENT ON CONSTRAINT organization_settings_guard_percent_check ON scim.organization_settings IS 'A percentage.';
COMMENT ON CONSTRAINT organization_settings_keep_log_check ON scim.organization_settings IS 'Between a day and ten years.';
COMMENT ON CONSTRAINT organization_settings_keep_audit_check ON scim.organization_settings IS 'Between a day and ten years.';
COMMENT ON CONSTRAINT organization_settings_idp_check ON scim.organization_settings IS 'The providers that there are words for.';

INSERT INTO scim.schema_version (version, name) VALUES (5, 'settings');

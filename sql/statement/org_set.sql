-- org_set: changes name and settings, all of them or none.
-- $1 org, $2 name (NULL leaves it), $3 the settings that change, a JSON object by
-- column: {"delete_users": false, "seat_limit": null}; what it does not name stays.
-- No row: there is no such organization.
WITH renamed AS (
    UPDATE scim.organizations
       SET name = $2::text
     WHERE org = $1 AND $2::text IS NOT NULL
)
UPDATE scim.organization_settings AS setting
   SET (provisioning, provisioning_off_reason, replace_without_target,
        create_users, update_users, deactivate_users, delete_users, push_groups,
        require_sso, sso_protocol, sso_entity_id, sso_sign_on_url,
        required_attributes, allowed_domains, email_change,
        on_deactivate, on_delete, keep_deleted, revive,
        groups_to_sync, unique_group_names, seat_limit, seat_policy,
        guard_per_hour, guard_percent, keep_log, keep_audit, idp) =
       (SELECT wanted.provisioning,
               -- Switched on, it has no reason to be off; the next time has a reason of its own.
               CASE WHEN $3::jsonb @> '{"provisioning": true}' AND NOT $3::jsonb ? 'provisioning_off_reason' THEN NULL
                    ELSE wanted.provisioning_off_reason
               END,
               wanted.replace_without_target,
               wanted.create_users, wanted.update_users, wanted.deactivate_users, wanted.delete_users,
               wanted.push_groups,
               wanted.require_sso, wanted.sso_protocol, wanted.sso_entity_id, wanted.sso_sign_on_url,
               wanted.required_attributes, wanted.allowed_domains, wanted.email_change,
               wanted.on_deactivate, wanted.on_delete, wanted.keep_deleted, wanted.revive,
               wanted.groups_to_sync, wanted.unique_group_names, wanted.seat_limit, wanted.seat_policy,
               wanted.guard_per_hour, wanted.guard_percent, wanted.keep_log, wanted.keep_audit, wanted.idp
          FROM jsonb_populate_record(setting, $3::jsonb) AS wanted)
 WHERE org = $1
RETURNING org

-- org_set: changes name and settings; NULL leaves one as it is.
-- $1 org, $2 name, $3 provisioning, $4 its reason ('' takes it away), $5 replace_without_target
-- No row: there is no such organization.
WITH renamed AS (
    UPDATE scim.organizations
       SET name = $2::text
     WHERE org = $1 AND $2::text IS NOT NULL
)
UPDATE scim.organization_settings
   SET provisioning = coalesce($3::boolean, provisioning),
       -- Switched on, it has no reason to be off; the next time has a reason of its own.
       provisioning_off_reason = CASE WHEN $4::text IS NOT NULL THEN nullif($4, '')
                                      WHEN $3::boolean THEN NULL
                                      ELSE provisioning_off_reason
                                 END,
       replace_without_target = coalesce($5, replace_without_target)
 WHERE org = $1
RETURNING org

-- org_list: all organizations that the session may see, by key.
SELECT organization.org,
       organization.name,
       to_char(organization.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created,
       setting.provisioning,
       count(token.id) FILTER (WHERE token.expires > now()
           AND (token.revoked IS NULL OR token.revoked > now())) AS tokens,
       to_char(max(token.last_used) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_used
  FROM scim.organizations AS organization
  JOIN scim.organization_settings AS setting USING (org)
  LEFT JOIN scim.tokens AS token USING (org)
 GROUP BY organization.org, organization.name, organization.created, setting.provisioning
 ORDER BY organization.org

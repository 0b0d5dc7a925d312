-- org_show: one organization with its settings and how much there is of it.
-- $1 org
SELECT organization.org,
       organization.name,
       to_char(organization.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created,
       (SELECT count(*) FROM scim.users AS person WHERE person.org = $1) AS people,
       (SELECT count(*) FROM scim.groups AS "group" WHERE "group".org = $1) AS groups,
       (SELECT count(*) FROM scim.tokens AS token
         WHERE token.org = $1 AND token.expires > now()
           AND (token.revoked IS NULL OR token.revoked > now())) AS tokens,
       to_jsonb(setting) - 'org' AS settings
  FROM scim.organizations AS organization
  JOIN scim.organization_settings AS setting USING (org)
 WHERE organization.org = $1

-- user_read: authenticate and one person, in one statement.
-- $1 org, $2 SHA-256 of the token in hexadecimal, $3 id, $4 base address of resources
-- No row: the token is not one of this organization's.  id NULL: there is no such person.
SELECT token.id,
       array_to_string(token.scopes, ',') AS scopes,
       CASE WHEN token.revoked <= now() THEN 'revoked'
            WHEN token.expires <= now() THEN 'expired'
            ELSE 'good'
       END AS state,
       coalesce(token.last_used < now() - interval '1 minute', true) AS use_is_stale,
       setting.provisioning,
       setting.provisioning_off_reason,
       setting.replace_without_target,
       (SELECT max(version) FROM scim.schema_version) AS schema_version,
       person.id,
       concat(person.version, membership.digest) AS version,
       to_char(person.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(person.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       person.resource,
       membership.groups
  FROM scim.tokens AS token
  JOIN scim.organization_settings AS setting ON setting.org = token.org
  LEFT JOIN scim.users AS person ON person.org = token.org AND person.id = $3::uuid
  LEFT JOIN LATERAL scim.groups_of(person.org, person.id, $4) AS membership ON true
 WHERE token.org = $1
   AND token.digest = decode($2, 'hex')

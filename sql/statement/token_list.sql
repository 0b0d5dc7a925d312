-- token_list: the tokens of an organization, newest first.
-- $1 org
-- No row: there is no such organization. A row whose id is NULL: it has no token.
SELECT token.id,
       token.label,
       token.last_four,
       array_to_string(token.scopes, ',') AS scopes,
       to_char(token.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created,
       token.created_by,
       to_char(token.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires,
       to_char(token.revoked AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS revoked,
       scim.token_state(token.expires, token.revoked) AS state,
       to_char(token.last_used AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_used,
       token.last_used_address,
       token.last_used_agent
  FROM scim.organizations AS organization
  LEFT JOIN scim.tokens AS token USING (org)
 WHERE organization.org = $1
 ORDER BY token.created DESC, token.id

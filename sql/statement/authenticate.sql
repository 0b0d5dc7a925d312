-- authenticate: who holds this token, and what the organization allows now.
-- $1 org, $2 SHA-256 of the token in hexadecimal
-- No row: the token is not one of this organization's.
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
       (SELECT encode(key, 'hex') FROM scim.cursor_keys WHERE org = $1) AS cursor_key,
       (SELECT string_agg(attribute, ',')
          FROM scim.indexed_attributes
         WHERE org IN ($1, '*') AND ready) AS indexed_attributes,
       extract(epoch FROM now())::bigint AS clock,
       concat_ws(',', CASE WHEN setting.create_users THEN 'create_users' END,
                      CASE WHEN setting.update_users THEN 'update_users' END,
                      CASE WHEN setting.deactivate_users THEN 'deactivate_users' END,
                      CASE WHEN setting.delete_users THEN 'delete_users' END,
                      CASE WHEN setting.push_groups THEN 'push_groups' END) AS allowed,
       array_to_string(setting.required_attributes, ',') AS required_attributes,
       setting.email_change
  FROM scim.tokens AS token
  JOIN scim.organization_settings AS setting ON setting.org = token.org
 WHERE token.org = $1
   AND token.digest = decode($2, 'hex')

-- doctor_tokens: tokens that were not revoked and need attention, the first to expire first.
SELECT token.org,
       token.label,
       token.last_four,
       to_char(token.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires,
       concat_ws(', ',
           CASE scim.token_state(token.expires, token.revoked)
                WHEN 'expired' THEN 'has expired'
                WHEN 'expiring' THEN 'expires soon'
           END,
           CASE WHEN token.last_used IS NULL AND token.created < now() - interval '7 days'
                THEN 'was never used'
           END) AS matter
  FROM scim.tokens AS token
 WHERE token.revoked IS NULL
   AND (scim.token_state(token.expires, token.revoked) IN ('expired', 'expiring')
        OR token.last_used IS NULL AND token.created < now() - interval '7 days')
 ORDER BY token.expires, token.org, token.id

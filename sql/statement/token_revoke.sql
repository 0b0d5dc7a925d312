-- token_revoke: refuses the token from now on; one revoked before keeps its time.
-- $1 org, $2 token id
UPDATE scim.tokens AS token
   SET revoked = least(token.revoked, now())
 WHERE token.org = $1
   AND token.id = $2::uuid
RETURNING token.id, token.label

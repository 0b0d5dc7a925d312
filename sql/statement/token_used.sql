-- token_used: notes the use of a token, at most once a minute.
-- $1 org, $2 token id, $3 address, $4 user agent
UPDATE scim.tokens AS token
   SET last_used = now(),
       last_used_address = $3,
       last_used_agent = $4
 WHERE token.org = $1
   AND token.id = $2::uuid
   AND (token.last_used IS NULL OR token.last_used < now() - interval '1 minute')

-- token_revoke: refuses the token from now on; one revoked before keeps its time.
-- $1 org, $2 token id
SELECT scim.revoke_token($1, $2::uuid)
